@_spi(_Unicode) internal import Swift

extension String {
    /// The text in Unicode's composed normal form (NFC).
    package var composed: String {
        var text = ""
        text.unicodeScalars.append(contentsOf: _nfc)
        return text
    }

    /// The text in NFC without white space at its ends, when it may be shown as a name: 1 to 100 characters, no control characters, line ends,
    /// bidirectional overrides or other invisible formatting that changes how the text around it reads (ID-005).
    package var nameForm: String? {
        // Most names have nothing that the rules speak of.
        if (1...100).contains(utf8.count), utf8.first != 32, utf8.last != 32, utf8.allSatisfy({ (32...126).contains($0) }) { return self }
        let text = composed.trimmed
        guard (1...100).contains(text.count), text.unicodeScalars.count <= 400,
            !text.unicodeScalars.contains(where: { $0.breaksLines })
        else { return nil }
        return text
    }

    /// The text without white space at its ends.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    /// Whether the character controls the text around it instead of standing for itself.
    fileprivate var breaksLines: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) || value == 0x200E || value == 0x200F
        }
    }
}
