import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Card } from '@/ui/page'
import './setup.css'

interface StepFrameProps {
  title: string
  children: ReactNode
  /** What the main button does; absent: no such button. */
  onNext?: () => void
  nextLabel?: string
  onBack?: () => void
  actions?: ReactNode
}

/** One step: what it is about, its content, and the way on. */
export function StepFrame({ title, children, onNext, nextLabel = 'Next', onBack, actions }: StepFrameProps) {
  return (
    <Card title={title}>
      <div className="stack-lg">
        {children}
        <div className="row step-actions">
          {onBack && <Button variant="default" onClick={onBack}>Back</Button>}
          <span className="grow" />
          {actions}
          {onNext && <Button variant={actions ? 'default' : 'filled'} onClick={onNext}>{nextLabel}</Button>}
        </div>
      </div>
    </Card>
  )
}
