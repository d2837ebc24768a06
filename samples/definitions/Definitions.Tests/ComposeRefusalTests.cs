using System.Collections.Immutable;

namespace Waybill.Samples.Definitions.Tests;

public sealed class ComposeRefusalTests
{
    [Theory]
    [InlineData("include: [other.yaml]\nservices: {web: {image: a}}", "includes others")]
    [InlineData("services: {web: {extends: {file: base.yaml, service: web}}}", "extends another one")]
    [InlineData("services: {web: {image: a}, api: {extends: web}}", "extends another one")]
    [InlineData("services: {web: {image: a}}\nvolume: {data: {}}", "is not a section")]
    [InlineData("volumes: {data: {}}", "has no services")]
    [InlineData("services: {web: {image: a, volumes: ['data:/data']}}", "does not declare the volume 'data'")]
    [InlineData("services: {web: {image: a, secrets: [key]}}", "does not declare 'key'")]
    [InlineData("services: {web: {image: a, volumes_from: [db]}}", "has no service 'db'")]
    [InlineData("services: {web: {image: a, volumes: ['one:two:three:four']}}", "more than three parts")]
    [InlineData("services: {web: {image: a, volumes: ['::ro']}}", "is empty")]
    [InlineData("services: {web: {image: a, volumes: [{type: nfs, source: a, target: /b}]}}", "is not a type of a mount")]
    [InlineData("services: {web: {image: a, volumes: [{type: bind, target: /b}]}}", "no source")]
    [InlineData("services: {web: {image: a, labels: [a=1, a=2]}}", "'a' is set twice")]
    [InlineData("services: {web: {image: a}}\nsecrets: {key: {}}", "not said what 'key' holds")]
    [InlineData("services: {web: {image: a}}\nvolumes: {data: {external: maybe}}", "neither true nor false")]
    [InlineData("services: {web: {image: a, environment: {A: '${B'}}}", "has no '}'")]
    [InlineData("services: {web: {image: a, command: 'echo $1'}}", "is not followed by the name of a variable")]
    [InlineData("services: [web]", "is not a mapping")]
    [InlineData("services: {web: }", "is not a mapping")]
    [InlineData("name: Shop!\nservices: {web: {image: a}}", "is not a name of a project", "")]
    [InlineData("services: {web: {image: a}}", "does not name its project", "")]
    public void Read_OfWhatItCannotBeSureOf_IsRefused(string file, string reason, string project = "test")
    {
        WaybillException error = TestDocument.Refused(file, new ComposeOptions { ProjectName = project });

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
        Assert.Equal("compose.yaml", error.ObjectName);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Offset);
    }

    [Theory]
    [InlineData("services: {web: {image: a, volumes: ['${DATA_DIR}:/data']}}")]
    [InlineData("services: {web: {image: a, volumes: ['data:/data']}}\nvolumes: {data: {name: 'x-${DATA_DIR}'}}")]
    [InlineData("services: {web: {image: a, env_file: '${DATA_DIR}/env'}}")]
    public void Read_WhenAVolumeDependsOnAVariableWithoutAValue_IsRefused(string file)
    {
        WaybillException error = TestDocument.Refused(file);
        DefinedApplication read = TestDocument.Compose(file, new ComposeOptions
        {
            ProjectName = "test",
            Variables = ImmutableDictionary<string, string>.Empty.Add("DATA_DIR", "/srv/data"),
        });

        Assert.Contains("DATA_DIR", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(read.Gaps);
    }

    [Fact]
    public void Read_OfAnAttributeWithoutARule_ReportsIt()
    {
        DefinedApplication read = TestDocument.Compose("services: {db: {provider: {type: cloud-db}, x-note: mine}}");

        DefinitionGap[] gaps = read.GapsOf(DefinitionGapKind.NotUnderstood);
        Assert.Contains(gaps, gap => gap.Reason.Contains("'provider'", StringComparison.Ordinal) && gap.Reference.EndsWith("services/db", StringComparison.Ordinal));
        Assert.DoesNotContain(gaps, gap => gap.Reason.Contains("x-note", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_WithAFileThatNothingNames_IsMisuse()
    {
        var options = new ComposeOptions { ProjectName = "test", Files = ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty.Add("app.env", new byte[1]) };

        Assert.Contains("app.env", Assert.Throws<ArgumentException>(() => TestDocument.Compose("services: {web: {image: a}}", options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhenTheTableMakesTwoVolumesOne_IsMisuse()
    {
        var options = new ComposeOptions
        {
            ProjectName = "test",
            Volumes = new VolumeTable().AddDockerVolume("test_a", "array", new VolumeId("lun-1")).AddDockerVolume("test_b", "array", new VolumeId("lun-1")),
        };

        Assert.Throws<ArgumentException>(() => TestDocument.Compose("services: {web: {image: a}}\nvolumes: {a: {}, b: {}}", options));
    }

    [Fact]
    public void Error_NamesTheByteOfTheFile()
    {
        const string File = "services:\n  wéb:\n    image: a\n    extends: other\n";

        WaybillException error = TestDocument.Refused(File);

        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(File[..File.IndexOf("other", StringComparison.Ordinal)]), error.Offset);
    }
}
