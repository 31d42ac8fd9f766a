// SPDX-License-Identifier: BSD-2-Clause

/// The kinds of interfaces that there are, for those who know one of them.
struct Kinds {
    let stf = Clones(StfCloner())
    let faith = Clones(FaithCloner())

    /// For those who know none. In this order they follow.
    var all: [any CloneList] { [stf, faith] }
}
