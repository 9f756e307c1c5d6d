/** The stock client has no types of its own: what the tests use of it. */
declare module 'asterisk-manager' {
  type Message = Record<string, string>;

  interface Manager {
    on(event: 'managerevent', listener: (event: Message) => void): void;
    on(event: 'connect' | 'close', listener: () => void): void;
    action(
      action: Record<string, unknown>,
      callback?: (error: Message | undefined, answer: Message) => void,
    ): string;
    disconnect(callback?: () => void): void;
    isConnected(): boolean;
  }

  export default function manager(
    port: number,
    host: string,
    username: string,
    password: string,
    events: boolean,
  ): Manager;
}
