// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink
import Puppet
import PuppetCarrier

/// `exclusive`: keeps this host's network stack silent at the real interface as long as the other end is there to be it.
///
/// Nobody is to be locked out: not where the way to the other end, to whoever said the word, or to a connection that was
/// excluded leads through the interface; and when the other end has been silent, not again until the word is said again,
/// since that may be the reason.
struct KernelSilence: ~Copyable {
    /// What injected frames carry, that others may pass.
    static let mark: UInt32 = 0x7661_6D70  // "vamp"

    private var silenced: SilencedLink?
    private var index: UInt32?
    /// Why it is not silent though that was said.
    private(set) var failure: String?
    private var isGivenUp = false

    var isOn: Bool { silenced != nil }

    /// The word was said.
    mutating func renew() { isGivenUp = false }

    mutating func follow(_ record: VampRecord, _ report: CarrierReport, _ link: Link?, _ host: Host) {
        if report.isSilent { isGivenUp = true }
        guard record.isExclusive, let link, report.state == .connected, !isGivenUp else {
            (silenced, index) = (nil, nil)
            failure =
                record.isExclusive && isGivenUp
                ? "given up, since the other end was silent: say -exclusive, and exclusive again" : nil
            return
        }
        guard report.wire == .modern else {
            failure = "an original says nothing by which one could know that it is there"
            return
        }
        if let danger = KernelSilence.danger(record, report, link, host) {
            (silenced, index, failure) = (nil, nil, danger)
            return
        }
        guard silenced == nil || index != link.index else { return }
        silenced = nil
        do throws(NetlinkError) {
            silenced = try SilencedLink(link.name, except: mark)
            (index, failure) = (link.index, nil)
        } catch {
            failure = "\(error)"
        }
    }

    private var mark: UInt32 { KernelSilence.mark }

    mutating func end() {
        (silenced, index, failure) = (nil, nil, nil)
    }

    /// Who would be locked out.
    static func danger(_ record: VampRecord, _ report: CarrierReport, _ link: Link, _ host: Host) -> String? {
        var ends = [report.endpoints?.other.address].compactMap(\.self)
        if let administrator = record.administrator { ends.append(administrator) }
        for pair in record.excluded { ends += [pair.one.address, pair.other.address] }
        for end in ends where interface(to: end, host) == link.index {
            return "the way to \(end.eitherText) leads through \(link.name)"
        }
        return nil
    }

    private static func interface(to address: IPv6Address, _ host: Host) -> UInt32? {
        guard let ipv4 = address.mapped else { return host.requests.interface(to: address) }
        return host.requests.interface(to: ipv4)
    }
}
