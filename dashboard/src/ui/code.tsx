import { ActionIcon, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useState } from 'react'
import { diffLines } from './diff'

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false)
  const copy = () =>
    void navigator.clipboard.writeText(text).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 1500)
    })
  return (
    <Tooltip label={copied ? 'Copied' : label}>
      <ActionIcon variant="default" size="sm" aria-label={copied ? 'Copied' : label} onClick={copy}>
        {copied ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
      </ActionIcon>
    </Tooltip>
  )
}

export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <div className="code">
      <pre tabIndex={0} role="region" aria-label={label}>{text}</pre>
      <div className="copy"><CopyButton text={text} /></div>
    </div>
  )
}

/** What changed from one text to another, line by line; lines far from any change are left out. */
export function DiffBlock({ before, after, label }: { before: string; after: string; label: string }) {
  const lines = diffLines(before, after)
  const marks = { same: ' ', added: '+', removed: '-', gap: '…' } as const
  return (
    <div className="code diff">
      <pre tabIndex={0} role="region" aria-label={label}>
        {lines.map((line, index) => <span key={index} className={`line ${line.kind}`}>{marks[line.kind]} {line.text}</span>)}
      </pre>
    </div>
  )
}
