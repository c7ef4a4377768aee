package dev.customhouse.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Every library and plugin of the build is on the page that says why it is there. */
class DependenciesTest {
  private static final Path PAGE = Path.of("docs/dependencies.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `([^`]+)` \\| (\\S+) \\| (\\S+) \\|", Pattern.MULTILINE);

  @Test
  void thePageListsWhatThePomNamesAndNothingElse() throws Exception {
    Element project = pom();
    Map<String, String> properties = new TreeMap<>();
    NodeList values =
        ((Element) project.getElementsByTagName("properties").item(0)).getChildNodes();
    for (int i = 0; i < values.getLength(); i++) {
      properties.put(values.item(i).getNodeName(), values.item(i).getTextContent().strip());
    }
    SequencedSet<String> expected = new TreeSet<>();
    collect(project, "dependency", "compile", properties, expected);
    collect(project, "plugin", "build", properties, expected);
    collect(project, "path", "build", properties, expected);
    // Both a library of the tests and an annotation processor: listed once.
    expected.removeIf(row -> row.startsWith("org.openjdk.jmh:") && row.endsWith(" build"));

    assertThat(rowsOfThePage())
        .as("rows of %s: name, version and scope as in pom.xml", PAGE)
        .containsExactlyElementsOf(expected);
  }

  private static void collect(
      Element project,
      String tag,
      String defaultScope,
      Map<String, String> properties,
      SequencedSet<String> rows) {
    NodeList found = project.getElementsByTagName(tag);
    for (int i = 0; i < found.getLength(); i++) {
      Element element = (Element) found.item(i);
      if ("pom".equals(child(element, "type", ""))) {
        continue; // an imported list of versions brings nothing by itself
      }
      String version = child(element, "version", "none");
      if (version.startsWith("${") && version.endsWith("}")) {
        version = properties.getOrDefault(version.substring(2, version.length() - 1), version);
      }
      rows.add(
          child(element, "groupId", "org.apache.maven.plugins")
              + (":" + child(element, "artifactId", "none"))
              + (" " + version)
              + (" " + child(element, "scope", defaultScope)));
    }
  }

  private static String child(Element parent, String name, String otherwise) {
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node.getNodeName().equals(name)) {
        return node.getTextContent().strip();
      }
    }
    return otherwise;
  }

  private static SequencedSet<String> rowsOfThePage() throws IOException {
    SequencedSet<String> rows = new TreeSet<>();
    Matcher row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      rows.add(row.group(1) + " " + row.group(2) + " " + row.group(3));
    }
    return rows;
  }

  private static Element pom() throws IOException, ParserConfigurationException, SAXException {
    return DocumentBuilderFactory.newDefaultInstance()
        .newDocumentBuilder()
        .parse(Path.of("pom.xml").toFile())
        .getDocumentElement();
  }
}
