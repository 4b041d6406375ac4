// Choosing a module: dropped, picked, or from a template; what it is, is read here in the browser.
import { Alert, Button } from '@mantine/core'
import { IconFileUpload } from '@tabler/icons-react'
import { useMemo, useRef, useState } from 'react'
import { bytesOfBase64 } from '@/api/stream_hub'
import { type Template, useTemplates } from '@/api/system'
import { Chip } from '@/ui/badge'
import { KeyValues } from '@/ui/page'
import { bytesText } from '@/ui/quantity'
import { type ModuleInfo, parseModule, typeText } from '@/wasm/module'
import { importNeeds, kModuleBytesMax } from '@/wasm/requirements'
import { draftOfTemplate, type Draft } from './draft'
import './deploy.css'

export type ModuleReading = { info: ModuleInfo } | { problem: string } | undefined

export function useModuleInfo(module: Uint8Array | undefined): ModuleReading {
  return useMemo(() => {
    if (!module) return undefined
    try {
      return { info: parseModule(module) }
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) }
    }
  }, [module])
}

interface ModulePickerProps {
  draft: Draft
  reading: ModuleReading
  onChange: (changes: Partial<Draft>) => void
  templates?: boolean
}

export function ModulePicker({ draft, reading, onChange, templates = true }: ModulePickerProps) {
  const picker = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  const [unusable, setUnusable] = useState<string>()
  const take = async (file: File | undefined) => {
    if (!file) return
    setUnusable(undefined)
    if (file.size > kModuleBytesMax) return setUnusable(`${file.name} has ${bytesText(file.size)}; modules have at most ${bytesText(kModuleBytesMax)}. Building with size optimisation (-Os, wasm-opt -Oz) and without debug information helps.`)
    const content = await file.arrayBuffer().catch(() => undefined)
    if (!content) return setUnusable(`${file.name} cannot be read: it is no file, or it is gone.`)
    const module = new Uint8Array(content)
    const name = file.name.replace(/\.wasm$/i, '').toLowerCase().replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '')
    onChange({ module, source: file.name, ...(draft.name === '' && { name }) })
  }
  return (
    <div className="stack">
      <div className={over ? 'drop over' : 'drop'} onDragOver={(event) => (event.preventDefault(), setOver(true))} onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          void take(event.dataTransfer.files[0])
        }}>
        <IconFileUpload size={26} stroke={1.4} aria-hidden="true" />
        <div>{draft.module ? <><strong>{draft.source}</strong>, {bytesText(draft.module.length)}</> : <>Drop a <code>.wasm</code> file here</>}</div>
        <Button variant="default" size="xs" onClick={() => picker.current?.click()}>{draft.module ? 'Choose another file' : 'Choose a file'}</Button>
        <input ref={picker} type="file" accept=".wasm,application/wasm" hidden aria-label="Module file" onChange={(event) => void take(event.currentTarget.files?.[0])} />
      </div>
      {unusable && <Alert color="red" role="alert">{unusable}</Alert>}
      {templates && <Templates chosen={draft.source} onChoose={(template) => onChange(draftOfTemplate(template, bytesOfBase64(template.module)))} />}
      {reading && 'problem' in reading && <Alert color="red" role="alert" title="This module cannot be used">{reading.problem}</Alert>}
      {reading && 'info' in reading && <ModuleFacts info={reading.info} />}
    </div>
  )
}

export function Templates({ chosen, onChoose }: { chosen: string; onChoose: (template: Template) => void }) {
  const templates = useTemplates()
  if (templates.length === 0) return null
  return (
    <div className="templates" role="group" aria-label="Templates">
      {templates.map((template) => (
        <button key={template.name} type="button" className="template" aria-pressed={chosen === `template ${template.title}`} onClick={() => onChoose(template)}>
          <strong>{template.title}</strong>
          <span className="dim">{template.description}</span>
          <span className="dim">{bytesText(template.moduleBytes)}</span>
        </button>
      ))}
    </div>
  )
}

/** The table of host functions writes code between backticks. */
function Description({ text }: { text: string }) {
  return <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
}

function ModuleFacts({ info }: { info: ModuleInfo }) {
  const needs = importNeeds(info)
  return (
    <div className="stack">
      <KeyValues entries={[
        ['Functions', `${info.functions}, ${bytesText(info.codeBytes)} of code`],
        ['Memory', info.memory ? `${bytesText(info.memory.minBytes)} at the start${info.memory.maxBytes === undefined ? '' : `, at most ${bytesText(info.memory.maxBytes)}`}` : 'none'],
        ['Begins with', info.start ? <code>_start {typeText(info.start)}</code> : <span className="text-bad">no _start</span>],
        ['Exports', info.exports.slice(0, 12).map((entry) => <span key={entry.name}><Chip>{entry.name}</Chip> </span>)],
      ]} />
      {needs.length > 0 && (
        <div className="scroll-x" tabIndex={0}>
          <table className="plain">
            <thead><tr><th>Import</th><th>What it is for</th><th>Permission</th></tr></thead>
            <tbody>
              {needs.map((need, index) => (
                <tr key={index}>
                  <td className="mono">{need.import.module}.{need.import.name}</td>
                  <td>{need.problem ? <strong className="text-bad">{need.problem}</strong> : need.offered && <Description text={need.offered.doc} />}</td>
                  <td>{need.offered && need.offered.permission !== 'None' ? <Chip>{need.offered.permission.toLowerCase()}:…</Chip> : <span className="dim">none</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}
