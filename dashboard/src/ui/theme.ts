// The component library's theme: its palette follows the colours by meaning in theme.css.
import { createTheme, type MantineColorsTuple } from '@mantine/core'

const teal: MantineColorsTuple = ['#e0f2f0', '#c3e6e2', '#9bd6cf', '#6fc7bd', '#4fd1c5', '#2aa79b', '#178a80', '#0f7a71', '#0b6a64', '#07544f']
const red: MantineColorsTuple = ['#fde7e7', '#f9cccc', '#f3a5a5', '#ff8b86', '#ff8b86', '#d13c3a', '#c02929', '#b01c1c', '#b01c1c', '#7f1010']

/** From text to the darkest background; what the library paints in dark mode. */
const dark: MantineColorsTuple = ['#e5ebf2', '#c3ccd6', '#a3b0bf', '#6b7a8d', '#3a4757', '#243040', '#1b2430', '#161d26', '#111820', '#0e1319']

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: 8,
  colors: { teal, red, dark },
  fontFamily: "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace",
  defaultRadius: 'sm',
  cursorType: 'pointer',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
  components: {
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 }, closeButtonProps: { 'aria-label': 'Close' }, transitionProps: { duration: 120 } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: false } } },
    Menu: { defaultProps: { shadow: 'md', position: 'bottom-end', transitionProps: { duration: 80 } } },
  },
})
