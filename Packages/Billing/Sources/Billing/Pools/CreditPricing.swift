/// The tokens of one use of a model.
public struct TokenUse: Sendable, Hashable {
    /// The model's name, as the caller knows it.
    public let model: String
    /// How many tokens it read.
    public let input: Int64
    /// How many of those came from a cache, which costs nothing.
    public let cached: Int64
    /// How many tokens it wrote.
    public let output: Int64

    /// Describes a use.
    public init(model: String, input: Int64, cached: Int64 = 0, output: Int64) {
        self.model = model
        self.input = input
        self.cached = cached
        self.output = output
    }
}

extension Catalogue.TokenPrices {
    /// What uses of models cost together, in integer arithmetic, rounded half up to hundredths and at least the minimum (BIL-102).
    ///
    /// An unknown model is priced as the fallback class and named in the answer, so that it can be counted.
    ///
    /// - Throws: ``MoneyRefusal/amountOutOfRange`` for negative counts, more cached than read, or a price beyond 64 bits.
    public func price(of uses: [TokenUse]) throws(MoneyRefusal) -> (price: AICredits, unknownModels: [String]) {
        var thousandths: Int64 = 0
        var unknown: [String] = []
        for use in uses {
            guard use.input >= 0, use.output >= 0, (0...use.input).contains(use.cached) else { throw .amountOutOfRange }
            let known = Self.modelClass(of: use.model, among: rates.keys.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) })
            if known == nil { unknown.append(use.model) }
            guard let rate = rates[known ?? fallback] else { throw .amountOutOfRange }
            let read = (use.input - use.cached).multipliedReportingOverflow(by: rate.input)
            let written = use.output.multipliedReportingOverflow(by: rate.output)
            let sum = read.partialValue.addingReportingOverflow(written.partialValue)
            let all = thousandths.addingReportingOverflow(sum.partialValue)
            guard !read.overflow, !written.overflow, !sum.overflow, !all.overflow else { throw .amountOutOfRange }
            thousandths = all.partialValue
        }
        let (rounded, overflow) = thousandths.addingReportingOverflow(500)
        guard !overflow else { throw .amountOutOfRange }
        return (AICredits(hundredths: max(rounded / 1_000, minimum)), unknown)
    }

    /// The class whose name is part of a model's name, the longest first.
    private static func modelClass(of model: String, among classes: [String]) -> String? {
        let name = model.lowercased()
        return classes.first { contains(name, $0) }
    }

    private static func contains(_ name: String, _ part: String) -> Bool {
        let (text, wanted) = (Array(name.utf8), Array(part.utf8))
        guard !wanted.isEmpty, text.count >= wanted.count else { return false }
        return (0...(text.count - wanted.count)).contains { text[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}
