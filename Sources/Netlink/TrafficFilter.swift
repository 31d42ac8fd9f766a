// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL

/// A filter of traffic control at a device's ingress or egress, as `tc filter show dev X ingress` lists it.
public struct TrafficFilter: Equatable, Sendable {
    /// The lower, the earlier: what tc(8) calls `pref`.
    public var preference: UInt32
    public var handle: UInt32
    /// The kernel's number of the program that it runs; nil: it runs none.
    public var program: UInt32?
}

extension RouteSocket {
    /// The filters at one side of a device. There are none where there is no qdisc for them, or no device.
    public func filters(at device: UInt32, isEgress: Bool) throws(NetlinkError) -> [TrafficFilter] {
        var fixed = tcmsg()
        fixed.tcm_family = UInt8(AF_UNSPEC)
        fixed.tcm_ifindex = Int32(bitPattern: device)
        fixed.tcm_parent = isEgress ? TrafficFilter.egress : TrafficFilter.ingress
        let request = RouteRequest(type: Int(RTM_GETTFILTER), flags: NLM_F_DUMP, fixed: fixed)
        return try unsafe dump(request) { message in
            guard unsafe message.type == Int(RTM_NEWTFILTER), let fixed = unsafe message.fixed(tcmsg.self) else {
                return nil
            }
            let attributes = unsafe message.attributes(after: tcmsg.self)
            let isProgram = unsafe attributes.string(Int(TCA_KIND)) == "bpf"
            let options = unsafe isProgram ? attributes.nested(Int(TCA_OPTIONS)) : nil
            return TrafficFilter(
                preference: fixed.tcm_info >> 16, handle: fixed.tcm_handle,
                program: unsafe options?.value(Int(TCA_BPF_ID), as: UInt32.self))
        }
    }
}

extension TrafficFilter {
    /// TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) and its like of linux/pkt_sched.h.
    fileprivate static let ingress: UInt32 = 0xFFFF_FFF2
    fileprivate static let egress: UInt32 = 0xFFFF_FFF3
}
