import java.nio.file.Files;
import java.nio.file.Path;

/** Tries the verifier of the guide with each line of a file. The guide's code lies beside this file. */
final class Main {
  public static void main(String[] arguments) throws Exception {
    var tokens = new AccessTokens();
    var failed = false;
    for (var line : Files.readAllLines(Path.of(arguments[0]))) {
      var fields = line.split("\t");
      var found = "refuse";
      try {
        if (tokens.verify(fields[2]).getSubject() != null) found = "accept";
      } catch (com.nimbusds.jose.JOSEException | com.nimbusds.jose.proc.BadJOSEException | java.text.ParseException refused) {
        // As it should be for most.
      }
      if (!found.equals(fields[0])) {
        failed = true;
        System.err.println("a token " + fields[1] + ": " + found);
      }
    }
    if (failed) System.exit(1);
  }
}
