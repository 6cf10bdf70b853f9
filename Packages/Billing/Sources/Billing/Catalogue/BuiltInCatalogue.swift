internal import Foundation

/// The catalogue that is used when the operator gives no file (billing.md, section 3).
public enum BuiltInCatalogue {
    /// The bytes of the built-in file; an operator's file replaces it whole (BIL-002).
    ///
    /// - Throws: ``CatalogueRefused`` when the file is missing beside the program.
    public static func bytes() throws(CatalogueRefused) -> [UInt8] {
        guard let url = Bundle.module.url(forResource: "catalogue", withExtension: "json"), let data = try? Data(contentsOf: url) else {
            throw CatalogueRefused(faults: [CatalogueFault(pointer: "", reason: "is missing beside the program")])
        }
        return Array(data)
    }

    /// Reads the built-in catalogue.
    ///
    /// - Throws: ``CatalogueRefused`` as ``Catalogue/init(reading:sections:)`` does.
    public static func load(sections: [any CatalogueSection] = []) throws(CatalogueRefused) -> Catalogue {
        try Catalogue(reading: bytes(), sections: sections)
    }
}
