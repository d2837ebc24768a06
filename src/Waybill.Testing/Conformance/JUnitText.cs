using System.Globalization;
using System.Text;
using System.Xml;

namespace Waybill.Testing;

/// <summary>Writes a report as the XML that build servers read.</summary>
internal static class JUnitText
{
    public static string Of(ConformanceReport report)
    {
        var text = new StringBuilder();
        using (XmlWriter xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            int skipped = report.Checks.Count(check => check.Outcome == ConformanceOutcome.NotApplicable);
            xml.WriteStartElement("testsuites");
            xml.WriteStartElement("testsuite");
            xml.WriteAttributeString("name", Clean(report.Subject));
            xml.WriteAttributeString("tests", Number(report.Checks.Length));
            xml.WriteAttributeString("failures", Number(report.Failures.Length));
            xml.WriteAttributeString("errors", "0");
            xml.WriteAttributeString("skipped", Number(skipped));
            xml.WriteAttributeString("time", Seconds(report.Checks.Aggregate(TimeSpan.Zero, (sum, check) => sum + check.Duration)));
            foreach (ConformanceCheck check in report.Checks)
            {
                Write(xml, check);
            }

            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n";
    }

    private static void Write(XmlWriter xml, ConformanceCheck check)
    {
        int dot = check.Id.LastIndexOf('.');
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", dot < 0 ? check.Id : check.Id[..dot]);
        xml.WriteAttributeString("name", check.Id[(dot + 1)..]);
        xml.WriteAttributeString("time", Seconds(check.Duration));
        switch (check.Outcome)
        {
            case ConformanceOutcome.Failed:
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", Clean(check.Detail));
                xml.WriteString(Clean($"{check.Obligation}\n{check.Detail}"));
                xml.WriteEndElement();
                break;
            case ConformanceOutcome.NotApplicable:
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", Clean(check.Detail));
                xml.WriteEndElement();
                break;
            default:
                break;
        }

        xml.WriteEndElement();
    }

    // Messages come from whoever is checked, and XML cannot hold every character.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (XmlConvert.IsXmlChar(text[i]))
            {
                clean.Append(text[i]);
            }
            else if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
            {
                clean.Append(text[i]).Append(text[++i]);
            }
            else
            {
                clean.Append('\uFFFD');
            }
        }

        return clean.ToString();
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
}
