internal import Markup

/// A piece of a page. What is written in the source is markup; what is put into it is text, unless it is a fragment itself, so that no value from
/// outside can become markup.
public struct HTMLFragment: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// The markup.
    public let html: String

    /// Takes markup of the source.
    public init(stringLiteral value: String) {
        html = value
    }

    /// Takes markup of the source with values in it.
    public init(stringInterpolation: Interpolation) {
        html = stringInterpolation.html
    }

    /// Collects literals as they are and values as text.
    public struct Interpolation: StringInterpolationProtocol {
        var html = ""

        /// Makes an empty one.
        public init(literalCapacity: Int, interpolationCount: Int) {
            html.reserveCapacity(literalCapacity)
        }

        /// Adds markup of the source.
        public mutating func appendLiteral(_ literal: String) {
            html += literal
        }

        /// Adds a text, with the five characters of markup replaced.
        public mutating func appendInterpolation(_ text: String) {
            html += HTML.escaped(text)
        }

        /// Adds a number.
        public mutating func appendInterpolation(_ number: some BinaryInteger) {
            html += String(number)
        }

        /// Adds a fragment, or nothing.
        public mutating func appendInterpolation(_ fragment: HTMLFragment?) {
            html += fragment?.html ?? ""
        }

        /// Adds fragments one after the other.
        public mutating func appendInterpolation(_ fragments: [HTMLFragment]) {
            for fragment in fragments { html += fragment.html }
        }
    }
}
