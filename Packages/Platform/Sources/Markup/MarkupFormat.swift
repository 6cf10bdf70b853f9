public import Core

/// How values are printed in mails and pages: one place, so that a date or an amount reads the same everywhere (NOT-019).
public enum MarkupFormat {
    /// `31 January 2026`, in UTC.
    public static func date(_ instant: Instant) -> String {
        let date = instant.calendarDate
        return "\(date.day) \(months[date.month - 1]) \(date.year)"
    }

    /// `31 January 2026, 10:05 UTC`
    public static func dateAndTime(_ instant: Instant) -> String {
        let seconds = Int(instant.secondsSinceEpoch - instant.calendarDate.startOfDay.secondsSinceEpoch)
        return "\(date(instant)), \(twoDigits(seconds / 3_600)):\(twoDigits(seconds / 60 % 60)) UTC"
    }

    /// `1,234.50 USD`; as many decimals as the currency has.
    public static func money(_ money: Money) -> String {
        "\(decimal(money.minorUnits, decimals: money.currency.exponent)) \(money.currency.code.uppercased())"
    }

    /// Credits from hundredths: `1,234.50`, or `1,234` when there is no fraction.
    public static func credits(hundredths: Int64) -> String {
        hundredths % 100 == 0 ? integer(hundredths / 100) : decimal(hundredths, decimals: 2)
    }

    /// `1,234`
    public static func integer(_ value: Int64) -> String {
        decimal(value, decimals: 0)
    }

    /// A size in decimal units: `999 bytes`, `1.5 kB`, `2 GB`.
    public static func bytes(_ count: Int64) -> String {
        var unit = 0
        var scaled = UInt64(count.magnitude)
        var tenths: UInt64 = 0
        guard count.magnitude >= 1_000 else { return "\(count) bytes" }
        while scaled >= 1_000, unit < units.count {
            tenths = scaled / 100
            scaled /= 1_000
            unit += 1
        }
        let fraction = tenths % 10 == 0 ? "" : ".\(tenths % 10)"
        return "\(count < 0 ? "-" : "")\(tenths / 10)\(fraction) \(units[unit - 1])"
    }

    private static let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static func decimal(_ value: Int64, decimals: Int) -> String {
        var digits = Array(String(value.magnitude))
        while digits.count <= decimals { digits.insert("0", at: 0) }
        let whole = digits.dropLast(decimals)
        var grouped = ""
        for (offset, digit) in whole.enumerated() {
            if offset > 0, (whole.count - offset) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        return (value < 0 ? "-" : "") + grouped + (decimals == 0 ? "" : "." + String(digits.suffix(decimals)))
    }
}
