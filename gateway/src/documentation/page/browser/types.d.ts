// Types of the page's scripts, of the document, and of Swagger UI.

/** `x-gateway` of an operation, as far as the page reads it. */
export interface Policy {
  allow: string[]
}

interface WithExamples {
  example?: unknown
  examples?: unknown
}

export interface Parameter extends WithExamples {
  in?: string
  required?: boolean
  schema?: WithExamples
}

export interface Operation {
  parameters?: Parameter[]
  'x-gateway'?: Policy
}

export interface ApiDocument {
  info: { version: string }
  paths: Record<string, Record<string, Operation>>
  components?: { parameters?: Record<string, Parameter> }
}

/** A value that can be watched. */
export interface Watched<T> {
  current: () => T
  set: (value: T) => void
  subscribe: (listener: () => void) => () => void
}

export interface ReactLike {
  Fragment: unknown
  createElement: (type: unknown, props: object | null, ...children: unknown[]) => unknown
  useEffect: (effect: () => () => void, dependencies: unknown[]) => void
  useState: <T>(initial: T) => [T, (value: T) => void]
  useRef: <T>(initial: T) => { current: T }
  useSyncExternalStore: <T>(subscribe: Watched<T>['subscribe'], current: () => T) => T
}

/** Something that renders. */
export type Component<P> = (props: P) => unknown

/** A component of Swagger UI that gets its properties from the store by a method of its prototype. */
export interface Mapped {
  prototype: { mapStateToProps: unknown }
}

/** The properties that Swagger UI gives to the components that the page changes, as far as it reads them. */
export interface PathProps {
  path: string
  method: string
}
export interface TagProps {
  tagObj: { get: (name: 'operations') => { toJS: () => PathProps[] } }
}
export interface SummaryProps {
  operationProps: { toObject: () => PathProps }
}
export interface LayoutProps {
  getComponent: (name: string, isContainer?: boolean) => unknown
  showPopup?: boolean
}

/** What Swagger UI gives to a plugin, and what it is afterwards. */
export interface SwaggerSystem {
  React: ReactLike
  getSystem: () => SwaggerSystem
  getStore: () => { subscribe: (listener: () => void) => () => void }
  preauthorizeApiKey: (name: string, value: string) => void
  authActions: {
    showDefinitions: (definitions: unknown) => void
    logoutWithPersistOption: (names: string[]) => void
    persistAuthorizationIfNeeded: () => void
  }
  authSelectors: {
    authorized: () => { getIn: (path: string[]) => string | undefined }
    definitionsToAuthorize: () => unknown
  }
  specActions: { updateJsonSpec: (document: object) => void }
}

declare global {
  const SwaggerUIBundle: (options: object) => SwaggerSystem
}
