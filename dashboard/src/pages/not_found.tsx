import { Link } from 'react-router-dom'
import { Empty } from '@/ui/states'

export default function NotFound() {
  return <Empty title="There is no page here" action={<Link to="/">To the overview</Link>}>The address may be mistyped, or from another version.</Empty>
}
