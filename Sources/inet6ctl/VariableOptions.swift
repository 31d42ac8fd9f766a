// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Tool
import Words

/// What a command line of `inet6ctl` asks for.
struct VariableOptions {
    /// FreeBSD's, and after them ours.
    static let known = "AabB:def:hiNnoqTtWwxXcjmP:s:V"
    /// It has no letter, since those that would fit are taken.
    static let long: [(word: String, letter: Character)] = [("--check", "k"), ("--help", "?"), ("--version", "V")]

    static let usage = """
        usage: inet6ctl [-bdehijNnoqTtWwx] [-B bufsize] [-f file] [-P pattern] [-s socket]
                        [--check] name[=value] ...
               inet6ctl [-bdehjNnoqTtWx] [-B bufsize] [-s socket] -A | -a | -X
               inet6ctl [-s socket] -c [name ...]
               inet6ctl [-ejNnt] [-s socket] -m [name ...]
               inet6ctl -h | -V

        """

    let arguments: [VariableWords]
    let patterns: [String]
    let file: String?
    let isAll: Bool
    /// `-i`: what is unknown is no failure.
    let ignoresUnknown: Bool
    /// `-q`: what is unknown is a failure that goes unmentioned.
    let isQuiet: Bool
    let isJSON: Bool
    let isCheck: Bool
    let isMonitor: Bool
    /// `-t` beside `-m`, where there are no types to show.
    let showsTimes: Bool
    let isDump: Bool
    let format: VariableFormat
    let socket: String

    init(_ options: Options) throws(UsageError) {
        arguments = options.words.map { VariableWords($0) }
        patterns = options.values("P").map { VariableWords($0).name }
        file = options.value("f")
        isAll = ["A", "a", "X"].contains { options.has($0) }
        ignoresUnknown = options.has("i")
        isQuiet = options.has("q")
        isJSON = options.has("j")
        isCheck = options.has("k")
        isMonitor = options.has("m")
        showsTimes = options.has("m") && options.has("t")
        isDump = options.has("c")
        format = VariableFormat(options)
        socket = InterfaceTool.socket(options)
        if let problem { throw UsageError(reason: problem) }
    }

    /// What makes no sense.
    private var problem: String? {
        let isSetting = arguments.contains { $0.value != nil }
        if format.isNameOnly, !format.showsName { return "-N and -n exclude each other" }
        if isMonitor, isDump || file != nil || isSetting { return "-m only shows" }
        if isDump, file != nil || isSetting { return "-c only shows" }
        if isDump, isJSON { return "-c and -j exclude each other" }
        if isAll, file != nil { return "-a and -f exclude each other" }
        if isSetting, let refusal = VariableOptions.refusal(of: format) { return refusal }
        let isAsking = isAll || isMonitor || isDump || file != nil || !patterns.isEmpty || !arguments.isEmpty
        return isAsking ? nil : "a name is missing"
    }

    /// Why these options go with nothing that sets a variable.
    static func refusal(of format: VariableFormat) -> String? {
        format.isTunableOnly || format.isWritableOnly ? "Can't set variables when using -T or -W" : nil
    }

    /// Descriptions and types are only shown, whatever follows the name.
    func sets(_ words: VariableWords) -> Bool {
        words.value != nil && !format.showsDescription && !format.showsType
    }
}
