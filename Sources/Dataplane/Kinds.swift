// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms

/// The kinds of interfaces that there are, for those who know one of them.
struct Kinds {
    let stf: Clones<StfCloner>
    let faith = Clones(FaithCloner())
    let vamp = Clones(VampCloner())
    let puppet = Clones(PuppetCloner())

    /// - Parameter pins: where that can be which outlives this process; nil: nothing does.
    init(pins: Pins? = nil) {
        stf = Clones(StfCloner(pins: pins))
    }

    /// For those who know none. In this order they follow.
    var all: [any CloneList] { [stf, faith, vamp, puppet] }
}
