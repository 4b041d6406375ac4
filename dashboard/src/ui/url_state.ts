// The state of a view lives in the URL: a link shows what its sender saw, and Back undoes.
import { useCallback } from 'react'
import { useSearchParams } from 'react-router-dom'

/** One parameter as text; the fallback is not written. Typing replaces the history entry rather than adding one per letter. */
export function useUrlText(name: string, fallback = ''): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams()
  const set = useCallback(
    (value: string) =>
      setParams(
        (current) => {
          const next = new URLSearchParams(current)
          if (value === fallback || value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace: true },
      ),
    [setParams, name, fallback],
  )
  return [params.get(name) ?? fallback, set]
}

/** A parameter that holds several values, `a,b`. */
export function useUrlList(name: string): [string[], (values: string[]) => void] {
  const [text, setText] = useUrlText(name)
  const set = useCallback((values: string[]) => setText(values.join(',')), [setText])
  return [text === '' ? [] : text.split(','), set]
}
