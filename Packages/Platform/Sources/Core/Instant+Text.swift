extension Instant: CustomStringConvertible, LosslessStringConvertible, Codable {
    /// The instant as RFC 3339 text in UTC, with a fraction only when there is one: `2026-01-31T10:00:00.5Z`.
    public var description: String {
        let date = calendarDate
        let timeOfDay = microsecondsSinceEpoch - Int64(date.daysSinceEpoch) * Instant.microsecondsPerDay
        let seconds = timeOfDay / 1_000_000
        var text = ""
        text.reserveCapacity(27)
        text.append(padded: date.year, to: 4)
        text.append("-")
        text.append(padded: date.month, to: 2)
        text.append("-")
        text.append(padded: date.day, to: 2)
        text.append("T")
        text.append(padded: Int(seconds / 3_600), to: 2)
        text.append(":")
        text.append(padded: Int(seconds / 60 % 60), to: 2)
        text.append(":")
        text.append(padded: Int(seconds % 60), to: 2)
        var fraction = Int(timeOfDay % 1_000_000)
        if fraction != 0 {
            var digits = 6
            while fraction % 10 == 0 {
                fraction /= 10
                digits -= 1
            }
            text.append(".")
            text.append(padded: fraction, to: digits)
        }
        text.append("Z")
        return text
    }

    /// Reads RFC 3339 text: date, `T` or a blank, time, optional fraction of at most nine digits, `Z` or an offset.
    ///
    /// Digits beyond the microsecond are dropped. Anything else, a day that does not exist included, is `nil`.
    public init?(_ description: String) {
        var scanner = DigitScanner(description)
        guard let year = scanner.number(digits: 4), scanner.skip("-"),
            let month = scanner.number(digits: 2), scanner.skip("-"),
            let day = scanner.number(digits: 2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(digits: 2), scanner.skip(":"),
            let minute = scanner.number(digits: 2), scanner.skip(":"),
            let second = scanner.number(digits: 2),
            (1...12).contains(month), day >= 1, day <= CalendarDate.days(in: month, of: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var microseconds = 0
        if scanner.skip(".") {
            guard let fraction = scanner.fraction() else { return nil }
            microseconds = fraction
        }
        guard let offset = scanner.offsetInMinutes(), scanner.isAtEnd else { return nil }
        let days = Int64(CalendarDate(year: year, month: month, day: day).daysSinceEpoch)
        let seconds = days * 86_400 + Int64(hour * 3_600 + (minute - offset) * 60 + second)
        self.init(microsecondsSinceEpoch: seconds * 1_000_000 + Int64(microseconds))
    }

    /// Decodes RFC 3339 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Instant(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "must be a date and time such as 2026-01-31T10:00:00Z")
        }
        self = value
    }

    /// Encodes as RFC 3339 text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension String {
    mutating func append(padded number: Int, to width: Int) {
        let digits = String(number)
        for _ in 0..<max(0, width - digits.utf8.count) { append("0") }
        append(digits)
    }
}

private struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int? {
        guard position < bytes.count, (48...57).contains(bytes[position]) else { return nil }
        position += 1
        return Int(bytes[position - 1]) - 48
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while let digit = digit() {
            count += 1
            guard count <= 9 else { return nil }
            if count <= 6 { value = value * 10 + digit }
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 6 - count) { value *= 10 }
        return value
    }

    mutating func offsetInMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
