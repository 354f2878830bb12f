import java.io.FileInputStream;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * veraPDF on the files that are named, against PDF/A-3b: a line each, "compliant" or "not compliant", how many rules were
 * checked in how many places, and below it the clauses that are broken.
 */
public class Validate {
  public static void main(String[] files) throws Exception {
    LogManager.getLogManager().reset();
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.PDFA_3_B;
    for (String file : files) {
      try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
          PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
        ValidationResult result = validator.validate(parser);
        String verdict = result.isCompliant() ? "compliant" : "not compliant";
        System.out.println(verdict + ", " + result.getTotalAssertions() + " assertions: " + file);
        result.getTestAssertions().stream()
            .filter(one -> one.getStatus() == TestAssertion.Status.FAILED)
            .map(one -> "  " + one.getRuleId().getClause() + " " + one.getMessage())
            .distinct()
            .forEach(System.out::println);
      }
    }
  }
}
