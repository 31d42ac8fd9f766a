// SPDX-License-Identifier: BSD-2-Clause
import Control
import Foundation
import SystemIO
import Testing

@testable import Tool

@Suite struct TimeStampTests {
    /// Standard time and summer time of many places, and times before 1970.
    @Test(arguments: [0, 1, 951_782_400, 1_751_328_000, 1_764_510_154, -86_401])
    func `a moment is shown as the clocks here show it`(_ seconds: Int) {
        let time = LocalTime(seconds: seconds, microseconds: 42)
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
        let text = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
        #expect(time.text == text + ".000042")
        formatter.dateFormat = "xxx"
        let zone = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
        #expect(time.zonedText == text + ".000042" + zone)
    }

    @Test func `it stands in front of what there is`() {
        let time = LocalTime(seconds: 1_764_510_154, microseconds: 999_999)
        let stamp = TimeStamp(isWanted: true, time)
        #expect(stamp.text("stf0: removed\n") == "[\(time.text)] stf0: removed\n")
        #expect(stamp.text("") == "")
        #expect(TimeStamp(isWanted: false).text("stf0: removed\n") == "stf0: removed\n")
    }

    @Test func `a document has it as a key more`() throws {
        let time = LocalTime(seconds: 1_764_510_154)
        let event = MonitorReply(.removed, name: "stf0")
        #expect(
            try TimeStamp(isWanted: true, time).json(event)
                == #"{"event":"removed","name":"stf0","time":"\#(time.zonedText)"}"# + "\n")
        #expect(try TimeStamp(isWanted: false).json(event) == #"{"event":"removed","name":"stf0"}"# + "\n")
    }
}
