/** What the pinned @pulumi/pulumi has at run time but leaves out of its type declarations. */
export {};

declare module "@pulumi/pulumi/runtime/config.js" {
  /** Whether the stack's configuration holds this full key encrypted. */
  export function isConfigSecret(key: string): boolean;
}

declare module "@pulumi/pulumi/runtime/state.js" {
  /** Runs the callback with a Pulumi runtime of its own, as the Automation API's inline programs do. */
  export function withLocalStorage<T>(callback: () => Promise<T>): Promise<T>;
  /** Of the runtime at hand. Without an engine Pulumi itself prints what a program says. */
  export function getStore(): { settings: { engine?: MessageEngine } };
  /** As much of an engine as a program calls that runs under mocks. */
  export interface MessageEngine {
    log(request: { getSeverity(): number; getMessage(): string }, callback: () => void): void;
    setRootResource(request: unknown, callback: (error: null) => void): void;
  }
}

declare module "@pulumi/pulumi/resource.js" {
  interface Resource {
    /** Logical name. */
    readonly __name?: string;
    /** The stack, for a resource without another parent. */
    readonly __parentResource?: Resource;
  }
}
