// TokenReview and the access reviews: questions about users, answered and not stored.
#pragma once

#include <string>
#include <vector>

#include "services/apiserver/access.hpp"
#include "services/apiserver/status.hpp"

namespace wasmbed::apiserver {

/// A review kind, for discovery.
struct ReviewKind {
    std::string group;
    std::string plural;
    std::string kind;
    bool namespaced = false;
};

const std::vector<ReviewKind>& review_kinds();

/// Answers a POST of `review` to `kind`, asked by `user`.
Outcome<json::value> answer_review(const ReviewKind& kind, json::value review, const User& user,
                                   const Authenticator& authenticator);

}  // namespace wasmbed::apiserver
