// A table that stays quick with 10,000 rows: only what is in sight is in the page. It knows nothing of what its rows are.
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useCallback, useEffect, useMemo, useRef, type ReactNode } from 'react'

export interface Column<T> {
  id: string
  title: string
  /** A CSS grid track, for instance `minmax(140px, 2fr)`. */
  width: string
  render: (row: T) => ReactNode
  /** What to sort by; a column without it is not sortable. Undefined sorts last. */
  sortBy?: (row: T) => string | number | undefined
  numeric?: boolean
}

export interface Sort {
  column: string
  descending: boolean
}

export interface DataTableProps<T> {
  label: string
  rows: T[]
  columns: Column<T>[]
  rowKey: (row: T) => string
  sort: Sort
  onSort: (sort: Sort) => void
  /** Keys of the selected rows; absent: rows cannot be selected. */
  selected?: ReadonlySet<string>
  onSelect?: (selected: ReadonlySet<string>) => void
  empty: ReactNode
  /** Height of the table at most, CSS. */
  maxHeight?: string
  /** Narrower than this it scrolls sideways, CSS. */
  minWidth?: string
}

const kRowHeightPx = 42
const kCheckboxTrack = '40px'

/** Rows in the order of a sort; equal ones keep theirs. */
export function sortRows<T>(rows: T[], columns: Column<T>[], sort: Sort): T[] {
  const by = columns.find((column) => column.id === sort.column)?.sortBy
  if (!by) return rows
  const direction = sort.descending ? -1 : 1
  const keyed = rows.map((row) => ({ row, key: by(row) }))
  keyed.sort((a, b) => {
    if (a.key === b.key) return 0
    if (a.key === undefined) return 1
    if (b.key === undefined) return -1
    if (typeof a.key === 'string' && typeof b.key === 'string') return direction * kCollator.compare(a.key, b.key)
    return a.key < b.key ? -direction : direction
  })
  return keyed.map((entry) => entry.row)
}

/** board-2 before board-10. */
const kCollator = new Intl.Collator('en', { numeric: true })

export function parseSort(text: string): Sort {
  return text.startsWith('-') ? { column: text.slice(1), descending: true } : { column: text, descending: false }
}

export function sortText(sort: Sort): string {
  return (sort.descending ? '-' : '') + sort.column
}

export function DataTable<T>(props: DataTableProps<T>) {
  const { rows, columns, rowKey, sort, selected, onSelect, maxHeight = 'calc(100vh - 190px)', minWidth = '980px' } = props
  const scroller = useRef<HTMLDivElement>(null)
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort])
  const virtual = useVirtualizer({ count: sorted.length, getScrollElement: () => scroller.current, estimateSize: () => kRowHeightPx, overscan: 12 })
  const template = [...(selected ? [kCheckboxTrack] : []), ...columns.map((column) => column.width)].join(' ')
  const keys = useMemo(() => sorted.map(rowKey), [sorted, rowKey])
  // Rows are rendered once and then only moved: what they are given must stay the same from one scrolled frame to the next.
  const latest = useRef({ selected, onSelect })
  useEffect(() => {
    latest.current = { selected, onSelect }
  })
  const toggle = useCallback((key: string) => {
    const next = new Set(latest.current.selected)
    if (!next.delete(key)) next.add(key)
    latest.current.onSelect?.(next)
  }, [])
  return (
    <div className="table-wrap" ref={scroller} style={{ maxHeight }} tabIndex={0} role="region" aria-label={props.label}>
      <div role="table" aria-label={props.label} aria-rowcount={sorted.length + 1} style={{ minWidth }}>
        <div role="rowgroup" className="grid-head">
          <div role="row" className="grid-row" style={{ gridTemplateColumns: template }}>
            {selected && <SelectAll keys={keys} selected={selected} onSelect={onSelect} />}
            {columns.map((column) => <HeaderCell key={column.id} column={column} sort={sort} onSort={props.onSort} />)}
          </div>
        </div>
        {sorted.length > 0 && (
          <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((item) => {
              const key = keys[item.index]!
              return <Row key={key} row={sorted[item.index]!} name={key} index={item.index} top={item.start} columns={columns as Column<unknown>[]} template={template} selectable={selected !== undefined} chosen={selected?.has(key) ?? false} onToggle={toggle} />
            })}
          </div>
        )}
      </div>
      {sorted.length === 0 && props.empty}
    </div>
  )
}

interface RowProps {
  row: unknown
  name: string
  index: number
  /** Where it stands in the list, in pixels. */
  top: number
  columns: Column<unknown>[]
  template: string
  selectable: boolean
  chosen: boolean
  onToggle: (key: string) => void
}

const Row = memo(function Row({ row, name, index, top, columns, template, selectable, chosen, onToggle }: RowProps) {
  return (
    <div role="row" aria-rowindex={index + 2} aria-selected={selectable ? chosen : undefined} className="grid-row grid-body-row" style={{ gridTemplateColumns: template, position: 'absolute', insetInline: 0, transform: `translateY(${top}px)` }}>
      {selectable && <div role="cell" className="cell"><input type="checkbox" className="check" checked={chosen} onChange={() => onToggle(name)} aria-label={`Select ${name}`} /></div>}
      {columns.map((column) => <div key={column.id} role="cell" className={column.numeric ? 'cell num' : 'cell'}>{column.render(row)}</div>)}
    </div>
  )
})

function SelectAll({ keys, selected, onSelect }: { keys: string[]; selected: ReadonlySet<string>; onSelect?: (selected: ReadonlySet<string>) => void }) {
  const all = useMemo(() => keys.length > 0 && keys.every((key) => selected.has(key)), [keys, selected])
  const some = !all && selected.size > 0
  return (
    <div role="columnheader" className="cell">
      <input type="checkbox" className="check" aria-label="Select all rows" checked={all} ref={(box) => void (box && (box.indeterminate = some))} onChange={() => onSelect?.(all ? new Set() : new Set(keys))} />
    </div>
  )
}

function HeaderCell<T>({ column, sort, onSort }: { column: Column<T>; sort: Sort; onSort: (sort: Sort) => void }) {
  const active = sort.column === column.id
  const order = active ? (sort.descending ? 'descending' : 'ascending') : undefined
  return (
    <div role="columnheader" className={column.numeric ? 'cell num' : 'cell'} aria-sort={order}>
      {column.sortBy ? (
        <button type="button" onClick={() => onSort({ column: column.id, descending: active && !sort.descending })}>
          {column.title}
          <span aria-hidden="true">{active ? (sort.descending ? '↓' : '↑') : ''}</span>
        </button>
      ) : (
        column.title
      )}
    </div>
  )
}
