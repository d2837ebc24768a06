using System.Collections.Immutable;
using System.Text;

namespace Waybill.Samples.Definitions.Tests;

public sealed class HostileTests
{
    private const string Rest = "\nservices: {web: {image: a}}\n";

    [Fact]
    public void Yaml_OfAliasesThatMultiply_IsRefusedBeforeItIsWrittenOut()
    {
        var bomb = new StringBuilder("x-0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
        for (int i = 1; i < 30; i++)
        {
            bomb.Append("x-").Append(i).Append(": &a").Append(i).Append(" [").AppendJoin(", ", Enumerable.Repeat($"*a{i - 1}", 9)).Append("]\n");
        }

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused(bomb + Rest).Code);
    }

    [Fact]
    public void Yaml_OfMergesThatMultiply_IsRefusedBeforeItIsWrittenOut()
    {
        var bomb = new StringBuilder("x-0: &a0 {" + string.Join(", ", Enumerable.Range(0, 2000).Select(i => $"k{i}: v")) + "}\n");
        bomb.Append("x-1: &a1 {<<: [").AppendJoin(", ", Enumerable.Repeat("*a0", 50_000)).Append("]}\n");

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused(bomb + Rest).Code);
    }

    [Fact]
    public void Yaml_OfALongTextUsedOften_IsRefused()
    {
        string bomb = $"x-0: &a0 {new string('x', 100_000)}\nx-1: [{string.Join(", ", Enumerable.Repeat("*a0", 1000))}]";

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused(bomb + Rest).Code);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Nesting_WithoutEnd_IsRefused(char open, char close)
    {
        string nested = open == '[' ? new string('[', 100_000) + new string(']', 100_000) : string.Concat(Enumerable.Repeat("{a: ", 50_000)) + new string(close, 50_000);
        string json = open == '[' ? nested : nested.Replace("a: ", "\"a\":", StringComparison.Ordinal);

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused("x-a: " + nested + Rest).Code);
        Assert.Equal(WaybillErrorCode.ResourceInvalid, Assert.Throws<WaybillException>(() => TestDocument.Ecs(json)).Code);
    }

    [Fact]
    public void Nesting_ThroughAliases_CountsWrittenOut()
    {
        string first = "x-0: &a0 " + new string('[', 30) + new string(']', 30);
        string second = "x-1: &a1 " + new string('[', 30) + "*a0" + new string(']', 30);
        string third = "x-2: " + new string('[', 30) + "*a1" + new string(']', 30);

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused($"{first}\n{second}\n{third}{Rest}").Code);
    }

    [Theory]
    [InlineData("a: &a [*a]", "names nothing that ends before it")]
    [InlineData("a: *b", "names nothing that ends before it")]
    [InlineData("x-a: 1\nx-a: 2", "'x-a' is set twice")]
    [InlineData("x-a: &a {b: 1}\nx-b: {<<: *a, <<: *a}", "'<<' is set twice")]
    [InlineData("x-a: {<<: text}", "is not a mapping")]
    [InlineData("x-a: {[1]: 2}", "is not a text")]
    [InlineData("x-a: !reset null", "The tag '!reset' is not understood")]
    [InlineData("x-a: !!binary aGVsbG8=", "is not understood")]
    [InlineData("x-a: !<tag:yaml.org,2002:python/object:os.system> x", "is not understood")]
    [InlineData("x-a: 1\n---\nx-b: 2", "more than one document")]
    [InlineData("x-a: [", "")]
    [InlineData("x-a: 'open", "")]
    [InlineData("\t- x", "")]
    [InlineData("", "")]
    public void Yaml_OfWhatChangesItsMeaning_IsRefused(string file, string reason)
    {
        WaybillException error = TestDocument.Refused(file);

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_ThatAreNoText_AreRefused()
    {
        byte[] file = [.. "services: {web: {image: '"u8, 0xC3, 0x28, .. "'}}"u8];

        WaybillException error = Assert.Throws<WaybillException>(() => ComposeApplication.Read(file, new ComposeOptions { ProjectName = "test" }));
        WaybillException other = Assert.Throws<WaybillException>(() => EcsApplication.Read((byte[])[.. "{\"family\":\""u8, 0xC3, 0x28, .. "\"}"u8]));

        Assert.Equal((WaybillErrorCode.ResourceInvalid, 25), (error.Code, error.Offset));
        Assert.Equal(WaybillErrorCode.ResourceInvalid, other.Code);
    }

    /// <summary>Each would take hours if a search began anew at every place.</summary>
    [Fact]
    public void Texts_ThatInviteToSearchAgain_AreReadInOneGo()
    {
        string addresses = string.Concat(Enumerable.Repeat("://", 300_000));
        string variables = string.Concat(Enumerable.Repeat("${A:-b}", 100_000));
        string options = string.Join(", ", Enumerable.Range(0, 60_000).Select(i => $"o{i}: v"));
        string assignments = string.Concat(Enumerable.Repeat("a=", 400_000));

        foreach (string text in (string[])[addresses, variables, assignments])
        {
            Assert.Single(TestDocument.Compose($"services: {{a: {{image: a, environment: {{X: '{text}'}}}}}}").Application.Resources);
        }

        Assert.Single(TestDocument.Compose($"services: {{a: {{image: a}}}}\nvolumes: {{data: {{driver_opts: {{{options}}}}}}}").Volumes);
        Assert.False(Facts.SecretRules.HoldsSecret(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("://", 5_000_000)))));
    }

    [Fact]
    public void File_AboveTheLimit_IsRefused()
    {
        string large = "# " + new string('x', 1024 * 1024) + Rest;
        var options = new ComposeOptions { ProjectName = "test", Files = ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty.Add("a.env", new byte[(16 * 1024 * 1024) + 1]) };

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused(large).Code);
        Assert.Equal(WaybillErrorCode.LimitExceeded, Assert.Throws<WaybillException>(() => TestDocument.Ecs(large)).Code);
        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused("services: {web: {image: a, env_file: a.env}}", options).Code);
    }

    [Fact]
    public void Tags_AboveTheLimit_AreRefused_AndOneThatIsTooLongIsReported()
    {
        string many = "services: {web: {image: a, labels: {" + string.Join(", ", Enumerable.Range(0, 20_001).Select(i => $"l{i}: v")) + "}}}";
        DefinedApplication one = TestDocument.Compose($"services: {{web: {{image: a, labels: {{long: {new string('v', 70_000)}, {new string('k', 600)}: v, '': empty}}}}}}");
        DefinedApplication secrets = TestDocument.Ecs(
            "{\"family\":\"a\",\"containerDefinitions\":[{\"name\":\"c\",\"image\":\"i\",\"secrets\":["
            + string.Join(',', Enumerable.Range(0, 9000).Select(i => $"{{\"name\":\"SECRET_{i}\"}}")) + "]}]}");

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused(many).Code);
        Assert.Equal(3, one.GapsOf(DefinitionGapKind.NotShown).Length);
        Assert.Contains("more values than a tag takes", Assert.Single(secrets.GapsOf(DefinitionGapKind.NotShown)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Volumes_AboveTheLimit_AreRefused()
    {
        string many = "services: {web: {image: a, volumes: [" + string.Join(", ", Enumerable.Range(0, 1001).Select(i => $"/v{i}")) + "]}}";

        Assert.Equal(WaybillErrorCode.LimitExceeded, TestDocument.Refused(many).Code);
    }

    [Theory]
    [InlineData("../../etc")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("nul\\u0000byte")]
    public void VolumeName_ThatIsNoFileName_NeverBecomesOne(string name)
    {
        DefinedApplication read = TestDocument.Compose(
            $"services: {{a: {{image: a}}}}\nvolumes: {{\"{name}\": {{name: v}}}}",
            new ComposeOptions { ProjectName = "test", Volumes = new VolumeTable().AddDockerVolume("v", "p", new VolumeId("1")) });

        Assert.Matches("^v-[0-9a-f]{8}$", Assert.Single(read.Application.Volumes).Name);
    }

    /// <summary>Whatever a document is made of, reading it ends with a result or an error that says where.</summary>
    [Theory]
    [InlineData("shop.yaml")]
    [InlineData("fargate.json")]
    public void Document_ThatWasChangedAtRandom_IsReadOrRefused(string name)
    {
        byte[] document = TestDocument.Bytes(name);
        byte[] pieces = Encoding.UTF8.GetBytes("{}[]:,&*!|>'\"%@`#-?~$\n\t \0\u00e9<<");
        var random = new Random(7);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            var changed = new List<byte>(document);
            for (int changes = random.Next(1, 5); changes > 0; changes--)
            {
                int at = random.Next(changed.Count);
                switch (random.Next(4))
                {
                    case 0:
                        changed[at] = pieces[random.Next(pieces.Length)];
                        break;
                    case 1:
                        changed.Insert(at, pieces[random.Next(pieces.Length)]);
                        break;
                    case 2:
                        changed.RemoveRange(at, Math.Min(random.Next(1, 40), changed.Count - at));
                        break;
                    default:
                        changed.InsertRange(at, document.AsSpan(random.Next(document.Length - 40), random.Next(1, 40)).ToArray());
                        break;
                }
            }

            byte[] bytes = [.. changed];
            try
            {
                DefinedApplication application = name.EndsWith(".json", StringComparison.Ordinal) ? EcsApplication.Read(bytes) : ComposeApplication.Read(bytes);
                Assert.Equal(bytes, application.Application.Resources[0].Content.ToArray());
                read++;
            }
            catch (WaybillException error)
            {
                Assert.Contains(error.Code, (WaybillErrorCode[])[WaybillErrorCode.ResourceInvalid, WaybillErrorCode.LimitExceeded]);
                Assert.InRange(error.Offset ?? 0, 0, bytes.Length);
                refused++;
            }
        }

        Assert.True(read > 50 && refused > 50, $"{read} were read, {refused} refused: the changes test nothing.");
    }
}
