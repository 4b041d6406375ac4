// The map of the dashboard: every page, its URL and the file it is in. Each page is loaded when it is first opened.
import { lazy, type ComponentType } from 'react'
import { createBrowserRouter, Navigate, Outlet, type RouteObject } from 'react-router-dom'
import { PageCrash } from './shell/page_crash'
import { Shell } from './shell/shell'

const page = (load: () => Promise<{ default: ComponentType }>) => {
  const Page = lazy(load)
  return <Page />
}

const kPages: RouteObject[] = [
  { index: true, element: page(() => import('./pages/overview/overview')) },
  { path: 'devices', element: page(() => import('./pages/devices/devices')) },
  { path: 'devices/:name/:tab?', element: page(() => import('./pages/devices/detail/device')) },
  { path: 'applications', element: page(() => import('./pages/applications/applications')) },
  { path: 'applications/new', element: page(() => import('./pages/applications/deploy/deploy')) },
  { path: 'applications/:name/edit', element: page(() => import('./pages/applications/deploy/deploy')) },
  { path: 'applications/:name/:tab?', element: page(() => import('./pages/applications/detail/application')) },
  { path: 'gateways', element: page(() => import('./pages/gateways/gateways')) },
  { path: 'gateways/:name', element: page(() => import('./pages/gateways/gateway')) },
  { path: 'monitoring/:tab?', element: page(() => import('./pages/monitoring/monitoring')) },
  { path: 'terminal', element: page(() => import('./pages/terminal/terminal')) },
  { path: 'topology', element: page(() => import('./pages/topology/topology')) },
  { path: 'setup', element: page(() => import('./pages/setup/setup')) },
  { path: '*', element: page(() => import('./pages/not_found')) },
]

export function makeRouter(onSignedOut: () => void) {
  return createBrowserRouter([
    { path: '/login', element: <Navigate to="/" replace /> },
    { element: <Shell onSignedOut={onSignedOut} />, children: [{ element: <Outlet />, errorElement: <PageCrash />, children: kPages }] },
  ])
}
