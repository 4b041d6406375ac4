// Everything that follows something (watches, logs, consoles) through one WebSocket: browsers allow only six plain connections to one
// address, all tabs together. The protocol is in docs/reference/web-api.md, "Streams".
import { ApiError } from './http'
import type { KubeStatus } from './kube'

export interface StreamHandlers {
  onOpen?: () => void
  onText?: (text: string) => void
  onBytes?: (bytes: Uint8Array) => void
}

/** The part of WebSocket that is used; tests hand in their own. */
export interface Socket {
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(): void
}

interface Message {
  id: string
  status?: number
  text?: string
  base64?: string
  end?: boolean
  error?: string | KubeStatus
}

interface Stream {
  path: string
  handlers: StreamHandlers
  resolve: () => void
  reject: (error: ApiError) => void
}

const kSessionEnded = 4401

export class StreamHub {
  private socket: Socket | undefined
  private open = false
  private readonly streams = new Map<string, Stream>()
  private lastId = 0
  private lostConnection = false
  private readonly listeners = new Set<() => void>()
  private signedOut = () => {}
  private refused = () => {}

  constructor(private readonly connect: () => Socket) {}

  whenSignedOut(handler: () => void) {
    this.signedOut = handler
  }

  /** Called when a connection ends before it was open: the server is away, or does not know the session any more. Browsers do not say which. */
  whenRefused(handler: () => void) {
    this.refused = handler
  }

  /** True from the loss of the connection until it is there again. */
  readonly isLost = () => this.lostConnection

  /** Calls back when isLost() changes; the returned function ends that. */
  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  private setLost(lost: boolean) {
    if (this.lostConnection === lost) return
    this.lostConnection = lost
    this.listeners.forEach((listener) => listener())
  }

  /** Follows a path until the server ends the stream (resolves), it fails (rejects with ApiError) or the signal aborts (resolves). */
  follow(path: string, handlers: StreamHandlers, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    this.lastId += 1
    const id = String(this.lastId)
    return new Promise<void>((resolve, reject) => {
      this.streams.set(id, { path, handlers, resolve, reject })
      signal.addEventListener('abort', () => this.close(id), { once: true })
      if (this.open) this.request(id, path)
      else this.socket ??= this.start()
    })
  }

  private start(): Socket {
    const socket = this.connect()
    socket.onopen = () => {
      this.open = true
      this.setLost(false)
      for (const [id, stream] of this.streams) this.request(id, stream.path)
    }
    socket.onmessage = (event) => this.receive(JSON.parse(String(event.data)) as Message)
    socket.onclose = (event) => this.lost(event.code)
    return socket
  }

  private request(id: string, path: string) {
    this.socket?.send(JSON.stringify({ open: id, path }))
  }

  private close(id: string) {
    const stream = this.streams.get(id)
    if (!stream) return
    this.streams.delete(id)
    if (this.open) this.socket?.send(JSON.stringify({ close: id }))
    stream.resolve()
  }

  private receive(message: Message) {
    const stream = this.streams.get(message.id)
    if (!stream) return // closed by us while this was on its way
    if (message.text !== undefined) {
      this.guard(message.id, stream, () => stream.handlers.onText?.(message.text!))
    } else if (message.base64 !== undefined) {
      stream.handlers.onBytes?.(bytesOfBase64(message.base64))
    } else if (message.end || message.error !== undefined) {
      this.streams.delete(message.id)
      if (message.error === undefined) stream.resolve()
      else stream.reject(errorOfMessage(message))
    } else if (message.status !== undefined) {
      stream.handlers.onOpen?.()
    }
  }

  /** A handler that throws ends its own stream with that error, not the others. */
  private guard(id: string, stream: Stream, call: () => void) {
    try {
      call()
    } catch (error) {
      stream.reject(error as ApiError)
      this.close(id)
    }
  }

  private lost(code: number) {
    const wasOpen = this.open
    this.socket = undefined
    this.open = false
    const streams = [...this.streams.values()]
    this.streams.clear()
    if (code === kSessionEnded) this.signedOut()
    else this.setLost(true)
    if (!wasOpen) this.refused()
    const error = code === kSessionEnded ? new ApiError(401, 'Unauthorized', 'Your session has ended.') : new ApiError(0, '', 'The connection to the dashboard’s server was lost.')
    for (const stream of streams) stream.reject(error)
  }
}

function errorOfMessage(message: Message): ApiError {
  if (typeof message.error === 'object') return new ApiError(message.error.code ?? message.status ?? 500, message.error.reason ?? '', message.error.message ?? 'the server refused')
  return new ApiError(0, '', message.error ?? 'the stream broke off')
}

export function bytesOfBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}
