#include "host/cli/clock_watch.hpp"

#include <cstdlib>
#include <ctime>
#include <ostream>

#include "host/base/time.hpp"

namespace wasmbed::cli {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kLookEvery{5};
constexpr seconds kJump{10};

/// Wall time at boot, as far as the two clocks tell: CLOCK_BOOTTIME goes on while the machine sleeps.
nanoseconds boot_time() {
    timespec boot{};
    ::clock_gettime(CLOCK_BOOTTIME, &boot);
    return WallClock::now().time_since_epoch() - (seconds(boot.tv_sec) + nanoseconds(boot.tv_nsec));
}

}  // namespace

Result<void, std::string> check_clock(const pki::PkiDirectory& pki, pki::SystemTime now) {
    for (const char* name : {"device-ca", "service-ca", "user-ca"}) {
        auto certificate = pki.certificate(name);
        if (!certificate) return fail(certificate.error().message);
        const bool early = now < certificate->not_before();
        if (!early && now < certificate->not_after()) continue;
        const auto limit = early ? certificate->not_before() : certificate->not_after();
        return fail("the clock of this machine says " + rfc3339(now) + ", but " + pki.certificate_path(name).string() +
                    (early ? " is valid only from " : " was valid only until ") + rfc3339(limit) +
                    ": set the clock right");
    }
    return {};
}

Task<> watch_clock(std::ostream& err) {
    nanoseconds before = boot_time();
    for (;;) {
        co_await sleep_for(kLookEvery);
        const nanoseconds now = boot_time();
        const auto jump = std::chrono::round<seconds>(now - before);
        before = now;
        if (std::chrono::abs(jump) < kJump) continue;
        err << "wasmbed up: the clock of this machine jumped by " << jump.count() << " s, to "
            << rfc3339(WallClock::now())
            << "; certificates and times are judged by it: set it right if that was not meant" << std::endl;
    }
}

}  // namespace wasmbed::cli
