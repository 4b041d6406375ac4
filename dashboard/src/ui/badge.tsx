import type { ReactNode } from 'react'

/** What a state means to the person who looks; the glyph says the same as the colour. */
export type Tone = 'ok' | 'info' | 'warn' | 'bad' | 'idle'

function Glyph({ tone }: { tone: Tone }) {
  const shapes: Record<Tone, ReactNode> = {
    ok: <circle cx="5" cy="5" r="4" fill="currentColor" />,
    info: <path d="M5 1a4 4 0 1 1-4 4" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
    warn: <path d="M5 .8 9.4 9H.6z" fill="currentColor" />,
    bad: <path d="M1.5 1.5l7 7M8.5 1.5l-7 7" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />,
    idle: <circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  }
  return <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">{shapes[tone]}</svg>
}

export function Badge({ tone, children, title }: { tone: Tone; children: ReactNode; title?: string }) {
  return (
    <span className={`badge tone-${tone}`} title={title}>
      <Glyph tone={tone} />
      <span className="truncate">{children}</span>
    </span>
  )
}

/** `key=value` and the like, as the machine writes it. */
export function Chip({ children, title }: { children: ReactNode; title?: string }) {
  return <span className="chip" title={title}>{children}</span>
}
