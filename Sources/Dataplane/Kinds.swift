// SPDX-License-Identifier: BSD-2-Clause
import KernelPrograms

/// The kinds of interfaces that there are, for those who know one of them.
struct Kinds {
    let stf: Clones<StfCloner>
    let faith = Clones(FaithCloner())
    let vamp: Clones<VampCloner>
    let puppet: Clones<PuppetCloner>

    /// - Parameter pins: where that can be which outlives this process; nil: nothing does.
    /// - Parameter directory: of the configuration.
    init(pins: Pins? = nil, directory: String) {
        stf = Clones(StfCloner(pins: pins))
        let key = TunnelKey(in: directory)
        vamp = Clones(VampCloner(key))
        puppet = Clones(PuppetCloner(key))
    }

    /// For those who know none. In this order they follow.
    var all: [any CloneList] { [stf, faith, vamp, puppet] }
}
