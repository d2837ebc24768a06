using System.Xml.Linq;

namespace Waybill.Testing.Tests;

public sealed class ConformanceReportTests
{
    [Fact]
    public void ToJUnit_HasATestCaseForEachCheck_WithItsEvidence()
    {
        ConformanceReport report = new(
            "a driver \u0001 & <more>",
            [
                new ConformanceCheck("csi.one.works", "It MUST work.", ConformanceOutcome.Passed, "") { Duration = TimeSpan.FromMilliseconds(1500) },
                new ConformanceCheck("csi.two.works", "It MUST work too.", ConformanceOutcome.Failed, "It said \u001b[31m\ud800 <no>.") { Duration = TimeSpan.FromMilliseconds(250) },
                new ConformanceCheck("csi.three.works", "It MAY work.", ConformanceOutcome.NotApplicable, "It is not announced."),
            ]);

        XElement suite = XDocument.Parse(report.ToJUnit()).Root!.Element("testsuite")!;

        Assert.Equal(("3", "1", "1", "1.750"), (Text(suite, "tests"), Text(suite, "failures"), Text(suite, "skipped"), Text(suite, "time")));
        Assert.Equal("a driver \uFFFD & <more>", Text(suite, "name"));
        XElement[] cases = [.. suite.Elements("testcase")];
        Assert.Equal([("csi.one", "works"), ("csi.two", "works"), ("csi.three", "works")], cases.Select(one => (Text(one, "classname"), Text(one, "name"))));
        Assert.Empty(cases[0].Elements());
        Assert.Equal("It said \uFFFD[31m\uFFFD <no>.", Text(cases[1].Element("failure")!, "message"));
        Assert.StartsWith("It MUST work too.", cases[1].Element("failure")!.Value, StringComparison.Ordinal);
        Assert.Equal("It is not announced.", Text(cases[2].Element("skipped")!, "message"));
    }

    private static string Text(XElement element, string attribute) => element.Attribute(attribute)!.Value;
}
