import { useEffect, type ReactNode } from 'react'
import { Link } from 'react-router-dom'

interface PageHeadProps {
  title: string
  /** The pages above this one. */
  crumbs?: { label: string; to: string }[]
  /** Beside the title: badges. */
  beside?: ReactNode
  subtitle?: ReactNode
  actions?: ReactNode
}

/** The heading of a page; also the window's title. */
export function PageHead({ title, crumbs, beside, subtitle, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Wasmbed`
  }, [title])
  return (
    <header className="page-head">
      <div className="grow">
        {crumbs && (
          <nav className="crumbs" aria-label="Breadcrumb">
            {crumbs.map((crumb) => <span key={crumb.to}><Link to={crumb.to}>{crumb.label}</Link> / </span>)}
          </nav>
        )}
        <div className="row"><h1>{title}</h1>{beside}</div>
        {subtitle && <div className="dim">{subtitle}</div>}
      </div>
      {actions && <div className="actions">{actions}</div>}
    </header>
  )
}

interface CardProps {
  title?: ReactNode
  actions?: ReactNode
  children: ReactNode
  /** Without inner margin: tables, logs. */
  flush?: boolean
}

export function Card({ title, actions, children, flush }: CardProps) {
  return (
    <section className="card">
      {(title || actions) && (
        <div className="card-head">
          {title && <h2 className="grow">{title}</h2>}
          {actions}
        </div>
      )}
      <div className={flush ? 'card-body flush' : 'card-body'}>{children}</div>
    </section>
  )
}

/** Names and values; entries whose value is undefined are left out. */
export function KeyValues({ entries }: { entries: [string, ReactNode][] }) {
  return (
    <dl className="kv">
      {entries.filter(([, value]) => value !== undefined && value !== '').map(([name, value]) => [<dt key={`${name}?`}>{name}</dt>, <dd key={name}>{value}</dd>])}
    </dl>
  )
}
