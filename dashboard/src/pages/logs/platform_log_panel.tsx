// Logs of the platform's own roles, live.
import { useMemo } from 'react'
import { usePlatformLog } from '@/api/platform_log'
import { LogBrowser } from './log_browser'

const kRoles = ['apiserver', 'controller', 'emulator', 'gateway', 'web']

export function PlatformLogPanel({ height }: { height?: string }) {
  const { entries, problem } = usePlatformLog()
  const lines = useMemo(() => entries.map(({ id, time, level, component, text }) => ({ id, time, level, who: component, text })), [entries])
  return <LogBrowser lines={lines} problem={problem} components={kRoles} file="platform" height={height} />
}
