// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import Glibc
import SystemIO
import SystemPackage

/// A map that programs inside the kernel share with this process.
struct KernelMap<Key: BitwiseCopyable, Value: BitwiseCopyable> {
    let number: Int32
    /// Whose descriptor it is.
    private let owner: AnyObject

    init(number: Int32, owner: AnyObject) {
        self.number = number
        self.owner = owner
    }

    /// Nil: there is no such key.
    func value(of key: Key, or empty: Value) throws(KernelProgramError) -> Value? {
        var value = empty
        let status = unsafe withUnsafePointer(to: key) { key in
            unsafe withUnsafeMutablePointer(to: &value) { unsafe bpf_map_lookup_elem(number, key, $0) }
        }
        if status == -ENOENT { return nil }
        try check("BPF_MAP_LOOKUP_ELEM", status)
        return value
    }

    /// All keys that there are, while nobody else changes the map.
    func keys(from empty: Key) throws(KernelProgramError) -> [Key] {
        var keys: [Key] = []
        var next = empty
        while true {
            let status = unsafe withUnsafeMutablePointer(to: &next) { next in
                guard let last = keys.last else { return unsafe bpf_map_get_next_key(number, nil, next) }
                return unsafe withUnsafePointer(to: last) { unsafe bpf_map_get_next_key(number, $0, next) }
            }
            if status == -ENOENT { return keys }
            try check("BPF_MAP_GET_NEXT_KEY", status)
            keys.append(next)
        }
    }

    func set(_ key: Key, to value: Value) throws(KernelProgramError) {
        let status = unsafe withUnsafePointer(to: key) { key in
            unsafe withUnsafePointer(to: value) { unsafe bpf_map_update_elem(number, key, $0, 0) }
        }
        try check("BPF_MAP_UPDATE_ELEM", status)
    }

    /// - Parameter absent: the errno that says that there was none.
    func remove(_ key: Key, absent: Int32 = ENOENT) throws(KernelProgramError) {
        let status = unsafe withUnsafePointer(to: key) { unsafe bpf_map_delete_elem(number, $0) }
        if status == -absent { return }
        try check("BPF_MAP_DELETE_ELEM", status)
    }

    /// Of a map with a value for each CPU: all of them.
    func values(of key: Key, empty: Value) throws(KernelProgramError) -> [Value] {
        var values = [Value](repeating: empty, count: Int(max(1, libbpf_num_possible_cpus())))
        let status = unsafe withUnsafePointer(to: key) { key in
            unsafe values.withUnsafeMutableBytes { unsafe bpf_map_lookup_elem(number, key, $0.baseAddress) }
        }
        try check("BPF_MAP_LOOKUP_ELEM", status)
        return values
    }

    /// Of a map with a value for each CPU: the same for all.
    func setAll(_ key: Key, to value: Value) throws(KernelProgramError) {
        let values = [Value](repeating: value, count: Int(max(1, libbpf_num_possible_cpus())))
        try set(key, to: values)
    }

    /// A value that is `count` elements one after the other, of a key that there is.
    func elements<Element: BitwiseCopyable>(
        of key: Key, count: Int, empty: Element
    ) throws(KernelProgramError) -> [Element] {
        precondition(count * MemoryLayout<Element>.stride == MemoryLayout<Value>.size, "a value is all of its elements")
        var elements = [Element](repeating: empty, count: count)
        let status = unsafe withUnsafePointer(to: key) { key in
            unsafe elements.withUnsafeMutableBytes { unsafe bpf_map_lookup_elem(number, key, $0.baseAddress) }
        }
        try check("BPF_MAP_LOOKUP_ELEM", status)
        return elements
    }

    /// A value that is several elements one after the other.
    func set<Element: BitwiseCopyable>(_ key: Key, to elements: [Element]) throws(KernelProgramError) {
        let status = unsafe withUnsafePointer(to: key) { key in
            unsafe elements.withUnsafeBytes { unsafe bpf_map_update_elem(number, key, $0.baseAddress, 0) }
        }
        try check("BPF_MAP_UPDATE_ELEM", status)
    }
}

extension KernelMap where Key == UInt32, Value == Int32 {
    /// Of a map of maps: puts a new array of one element, which nobody will change, into the only place.
    func replace<Element: BitwiseCopyable>(with element: Element) throws(KernelProgramError) {
        let size = UInt32(MemoryLayout<Element>.size)
        let array = unsafe bpf_map_create(BPF_MAP_TYPE_ARRAY, "limits", 4, size, 1, nil)
        try check("BPF_MAP_CREATE", array)
        // The outer map keeps it.
        defer { close(array) }
        let inner = KernelMap<UInt32, Element>(number: array, owner: owner)
        try inner.set(0, to: element)
        try set(0, to: array)
    }
}

/// libbpf returns the errno, negative.
private func check(_ call: StaticString, _ status: Int32) throws(KernelProgramError) {
    guard status < 0 else { return }
    throw .failed(SystemError(call, Errno(rawValue: -status)))
}
