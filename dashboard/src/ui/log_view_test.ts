import { expect, test } from 'vitest'
import { printable } from './log_view'

test('takes out escape sequences and control characters', () => {
  expect(printable('\u001b[31mred\u001b[0m\u0007 \u001b[2Jgone\u0000')).toBe('red gone')
})

test('keeps tabs, line ends and markup as the text they are', () => {
  expect(printable('a\tb\n<script>alert(1)</script>')).toBe('a\tb\n<script>alert(1)</script>')
})
