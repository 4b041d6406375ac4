// One way to talk to the server: same origin, the session's cookie, and errors that keep the API's own words.
import type { KubeStatus } from './kube'

/** What a request failed with. `message` is the API's own text where it gave one. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly causes: { field?: string; message?: string }[] = [],
  ) {
    super(message)
    this.name = 'ApiError'
  }

  /** The request never reached the server, or it answered for somebody who is not there. */
  get isConnection(): boolean {
    return this.code === 0 || this.code === 502 || this.code === 503 || this.code === 504
  }
}

/** Sentences for answers that carry no text of their own. */
function wordsFor(code: number): string {
  switch (code) {
    case 0: return 'The dashboard’s server cannot be reached.'
    case 401: return 'You are not signed in, or your session has ended.'
    case 403: return 'Your role does not allow this.'
    case 404: return 'It is not there (any more).'
    case 409: return 'It was changed by somebody else meanwhile. Look at it again and retry.'
    case 413: return 'It is larger than the server takes.'
    case 429: return 'Too many requests. Try again in a moment.'
    case 502: case 503: case 504: return 'The platform does not answer at the moment.'
    default: return `The server answered with status ${code}.`
  }
}

export async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  try {
    const body = JSON.parse(text) as KubeStatus & { error?: string }
    const message = body.message ?? body.error
    if (message) return new ApiError(response.status, body.reason ?? '', message, body.details?.causes ?? [])
  } catch {
    // Not JSON: below.
  }
  const plain = text.trim()
  const readable = plain !== '' && plain.length < 500 && !plain.startsWith('<')
  return new ApiError(response.status, '', readable ? plain : wordsFor(response.status))
}

/** Told of every 401, so that the session can end in one place. */
let onSignedOut = () => {}
export function whenSignedOut(handler: () => void) {
  onSignedOut = handler
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  contentType?: string
  signal?: AbortSignal
}

/** Sends a request; a failure of any kind is an ApiError. Aborting throws the AbortError as it is. */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal } = options
  // A header that a form or a link of another site cannot set; the server wants it on every write.
  const headers: Record<string, string> = { 'X-Wasmbed': '1' }
  let payload: BodyInit | undefined
  if (body !== undefined) {
    headers['Content-Type'] = options.contentType ?? 'application/json'
    payload = typeof body === 'string' || body instanceof Blob || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body)
  }
  let response: Response
  try {
    response = await fetch(path, { method, headers, body: payload, signal, credentials: 'same-origin', cache: 'no-store' })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, '', wordsFor(0))
  }
  if (response.status === 401) onSignedOut()
  if (!response.ok) throw await errorOf(response)
  return response
}

export async function sendJson<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return (await (await send(path, options)).json()) as T
}
