#include "core/link/close_reason.hpp"

namespace wasmbed::link {

const char* close_reason_name(CloseReason reason) {
    switch (reason) {
        case CloseReason::none:
            return "none";
        case CloseReason::frame_too_large:
            return "frame_too_large";
        case CloseReason::malformed:
            return "malformed";
        case CloseReason::not_expected:
            return "not_expected";
        case CloseReason::out_of_sequence:
            return "out_of_sequence";
        case CloseReason::no_memory:
            return "no_memory";
        case CloseReason::does_not_fit:
            return "does_not_fit";
        case CloseReason::no_hello:
            return "no_hello";
        case CloseReason::peer_silent:
            return "peer_silent";
        case CloseReason::refused:
            return "refused";
        case CloseReason::done:
            return "done";
    }
    return "unknown";
}

}  // namespace wasmbed::link
