// Waiting for children and descriptors on the event loop.
#pragma once

#include "host/base/task.hpp"
#include "host/process/spawn.hpp"

namespace wasmbed {

/// Waits until `child` ended, and reaps it. Cancellation leaves it running.
Task<ExitStatus> wait_for_exit(Child& child);

/// Waits at most `limit`; false when it still runs then.
Task<bool> wait_for_exit(Child& child, SteadyClock::duration limit);

/// Waits until `fd` is readable or at its end. The descriptor stays the caller's and must stay open meanwhile.
Task<> wait_readable(int fd);

/// SIGTERM, up to `grace` for an orderly end, then SIGKILL. Returns once it is gone. A null grace is SIGKILL at once.
Task<> end_child(Child& child, SteadyClock::duration grace);

/// Runs `work` until `deadline`, then cancels it and returns false. An exception out of `work` goes on.
Task<bool> finish_by(Task<> work, SteadyClock::time_point deadline);

}  // namespace wasmbed
