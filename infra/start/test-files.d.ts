export function chooseTests(
  args: readonly string[],
  folder?: string
): { what: string; files: string[] }
