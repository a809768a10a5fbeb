/** Rows that are deleted by one statement: few enough for the time that one may take. */
const batch = 5000

/** Deletes all there is, `deleteSome` at most `batch` rows at a time, and gives the number of rows. */
export async function inBatches(deleteSome: (batch: number) => Promise<number>): Promise<number> {
  for (let total = 0; ; ) {
    const count = await deleteSome(batch)
    total += count
    if (count < batch) return total
  }
}
