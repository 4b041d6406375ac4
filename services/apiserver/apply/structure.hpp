// Objects as the schema structures them: maps and keyed lists have members of their own, everything else is one leaf.
#pragma once

#include "services/apiserver/apply/field_set.hpp"

namespace wasmbed::apiserver::apply {

/// A kind's schema with that of metadata, which CRDs leave out. A null schema gives one where only metadata is known.
json::value merge_schema(const json::value& schema);

/// The paths that `value` sets.
FieldSet set_of(const json::value& schema, const json::value& value);

/// The paths in which two versions of an object differ. A map or list that is wholly new or gone is in it itself too.
struct Comparison {
    FieldSet added;
    FieldSet modified;
    FieldSet removed;

    bool empty() const { return added.empty() && modified.empty() && removed.empty(); }
};
Comparison compare(const json::value& schema, const json::value& before, const json::value& after);

/// Puts what `config` sets into `live`. Items of keyed lists are matched by their keys, new ones are appended.
void merge(const json::value& schema, json::value& live, const json::value& config);

/// Removes from `value` what is in `last` and in or above nothing of `keep`.
void prune_unowned(const json::value& schema, json::value& value, const FieldSet& last, const FieldSet& keep);

}  // namespace wasmbed::apiserver::apply
