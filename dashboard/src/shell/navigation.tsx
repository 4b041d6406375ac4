import { IconActivity, IconApps, IconCpu, IconHome, IconRouteSquare, IconSparkles, IconTerminal2, IconTopologyStar3 } from '@tabler/icons-react'
import { NavLink } from 'react-router-dom'

const kPages = [
  { to: '/', label: 'Overview', icon: IconHome, end: true },
  { to: '/devices', label: 'Devices', icon: IconCpu },
  { to: '/applications', label: 'Applications', icon: IconApps },
  { to: '/gateways', label: 'Gateways', icon: IconRouteSquare },
  { to: '/topology', label: 'Topology', icon: IconTopologyStar3 },
  { to: '/monitoring', label: 'Monitoring', icon: IconActivity },
  { to: '/terminal', label: 'Terminal', icon: IconTerminal2 },
  { to: '/setup', label: 'Setup', icon: IconSparkles },
]

export function Navigation({ onGo }: { onGo?: () => void }) {
  return (
    <nav aria-label="Pages" className="stack" style={{ gap: 2 }}>
      {kPages.map(({ to, label, icon: Icon, end }) => (
        <NavLink key={to} to={to} end={end} className="nav-link" onClick={onGo}>
          <Icon size={18} stroke={1.6} aria-hidden="true" />
          {label}
        </NavLink>
      ))}
    </nav>
  )
}
