import { ActionIcon, Menu, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconLogout, IconMoon, IconSun, IconUserCircle } from '@tabler/icons-react'
import { useSession } from '@/api/hooks'
import { signOut } from '@/api/session'

const kRoleText: Record<string, string> = { admin: 'Administrator', editor: 'Editor', viewer: 'Viewer: can look, not change' }

export function Account({ onSignedOut }: { onSignedOut: () => void }) {
  const session = useSession()
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true })
  const dark = useComputedColorScheme('light') === 'dark'
  const leave = () => void signOut().catch(() => {}).then(onSignedOut)
  return (
    <div className="row" style={{ flexWrap: 'nowrap' }}>
      <Menu position="top-start" withinPortal>
        <Menu.Target>
          <UnstyledButton className="row grow" style={{ flexWrap: 'nowrap' }} >
            <span className="visually-hidden">Account</span>
            <IconUserCircle size={22} stroke={1.4} aria-hidden="true" />
            <span className="grow">
              <span className="truncate" style={{ display: 'block', fontWeight: 600 }}>{session.user}</span>
              <span className="dim" style={{ fontSize: 12 }}>{session.role || 'user'}</span>
            </span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{kRoleText[session.role] ?? session.groups.join(', ')}</Menu.Label>
          <Menu.Label>Signed in until {new Date(session.expires).toLocaleString()}</Menu.Label>
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>Sign out</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Tooltip label={dark ? 'Light colours' : 'Dark colours'}>
        <ActionIcon variant="subtle" color="gray" aria-label={dark ? 'Switch to light colours' : 'Switch to dark colours'} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
          {dark ? <IconSun size={18} color="var(--text)" /> : <IconMoon size={18} color="var(--text)" />}
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
