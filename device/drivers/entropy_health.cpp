#include "device/drivers/entropy_health.hpp"

namespace wasmbed::drivers {

bool EntropyHealth::accept(std::uint8_t sample) {
    repetitions_ = repetitions_ > 0 && sample == last_ ? repetitions_ + 1 : 1;
    last_ = sample;
    if (window_left_ == 0) {
        window_left_ = kWindowSamples;
        window_first_ = sample;
        window_hits_ = 0;
    }
    --window_left_;
    if (sample == window_first_) ++window_hits_;
    healthy_ = healthy_ && repetitions_ < kRepetitionsMax && window_hits_ < kProportionMax;
    return healthy_;
}

}  // namespace wasmbed::drivers
