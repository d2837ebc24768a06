using System.Text;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Tests;

public sealed class SecretTests
{
    [Theory]
    [InlineData("POSTGRES_PASSWORD", true)]
    [InlineData("PGPASSWORD", true)]
    [InlineData("MYSQL_ROOT_PASS", true)]
    [InlineData("dbPwd", true)]
    [InlineData("apiKey", true)]
    [InlineData("API_KEY", true)]
    [InlineData("aws.secret-access-key", true)]
    [InlineData("GITHUB_TOKEN", true)]
    [InlineData("SECRET_KEY_BASE", true)]
    [InlineData("POSTGRES_PASSWORD_FILE", false)]
    [InlineData("BYPASS", false)]
    [InlineData("PATH", false)]
    [InlineData("KEY", false)]
    [InlineData("POSTGRES_USER", false)]
    [InlineData("", false)]
    public void SecretName_IsKnown(string name, bool expected) => Assert.Equal(expected, SecretRules.IsSecretName(name));

    [Theory]
    [InlineData("PASSWORD", "hunter2", true)]
    [InlineData("PASSWORD", "${PASSWORD}", false)]
    [InlineData("PASSWORD", "$PASSWORD", false)]
    [InlineData("PASSWORD", "${PASSWORD:?needed}", false)]
    [InlineData("PASSWORD", "${PASSWORD:-hunter2}", true)]
    [InlineData("PASSWORD", "x${PASSWORD}", true)]
    [InlineData("PASSWORD", "", false)]
    [InlineData("ALLOW_EMPTY_PASSWORD", "yes", false)]
    [InlineData("PASSWORD_SECRET", "arn:aws:secretsmanager:eu-west-1:1:secret:x", false)]
    public void SecretValue_IsWhatTheFileItselfHolds(string name, string value, bool expected) => Assert.Equal(expected, SecretRules.IsSecret(name, value, interpolated: true));

    [Theory]
    [InlineData("services: {a: {image: a, environment: {URL: 'postgres://u:pw@h/d'}}}", true)]
    [InlineData("services: {a: {image: a, environment: {URL: 'postgres://u:pa/ss@h/d'}}}", true)]
    [InlineData("services: {a: {image: a, environment: {URL: 'postgres://u:${PW}@h/d'}}}", false)]
    [InlineData("services: {a: {image: a, environment: {URL: 'https://h/d'}}}", false)]
    [InlineData("services: {a: {image: a, command: [run, --password, hunter2]}}", true)]
    [InlineData("services: {a: {image: a, command: run --password=hunter2}}", true)]
    [InlineData("services: {a: {image: a, command: [run, --password-file, /run/x]}}", false)]
    [InlineData("services: {a: {image: a, build: {context: ., args: {NPM_TOKEN: abc}}}}", true)]
    [InlineData("services: {a: {image: a}}\nvolumes: {v: {driver_opts: {type: cifs, o: 'username=u,password=p'}}}", true)]
    [InlineData("services: {a: {image: a}}\nconfigs: {c: {content: \"-----BEGIN RSA PRIVATE KEY-----\"}}", true)]
    [InlineData("services: {a: {image: a, environment: [AWS_ID=AKIAIOSFODNN7EXAMPLE]}}", true)]
    [InlineData("services: {a: {image: a, environment: {SPRING: 'jdbc:sqlserver://h;user=u;password=p'}}}", true)]
    [InlineData("services: {a: {image: a, secrets: [token]}}\nsecrets: {token: {environment: TOKEN}}", false)]
    [InlineData("services: {a: {image: a, environment: [PASSWORD]}}", false)]
    public void File_WithASecretInIt_IsKeptAsOne(string file, bool expected) => Assert.Equal(expected, TestDocument.Compose(file).Application.Resources[0].IsSecret);

    [Theory]
    [InlineData("listen 80;\nserver_name x;\n", false)]
    [InlineData("[db]\npassword = hunter2\n", true)]
    [InlineData("db:\n  password: hunter2\n", true)]
    [InlineData("{\n  \"apiKey\": \"abc\"\n}\n", true)]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMII\n", true)]
    public void ConfigFile_WithASecretInIt_IsKeptAsOne(string content, bool expected) => Assert.Equal(expected, SecretRules.HoldsSecret(Encoding.UTF8.GetBytes(content)));

    [Fact]
    public void DriverOption_WithAPassword_IsNotShown()
    {
        DefinedApplication read = TestDocument.Compose(
            "services: {a: {image: a, volumes: ['media:/v']}}\nvolumes: {media: {driver_opts: {type: cifs, device: //nas/share, o: 'username=u,password=p4ssw0rd'}}}");

        TestDocument.AssertNotShown(read, "p4ssw0rd");
        Assert.Equal(["option.type=cifs", "option.device=//nas/share"], read.FactsOf("test_media"));
        Assert.Contains(read.GapsOf(DefinitionGapKind.NotShown), gap => gap.Reason.Contains("'o'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DB_URL", "postgres://u:s3cr3t@db1.example.org:5432/shop?x=1", "database db1.example.org:5432/shop")]
    [InlineData("DB_URL", "postgres://u:s3cr3t@a.c1.eu-west-1.rds.amazonaws.com/shop", "rds a.c1.eu-west-1.rds.amazonaws.com/shop")]
    [InlineData("DB_URL", "mongodb://u:s3cr3t@m1:27017,m2:27017/app", "database m1:27017/app|database m2:27017/app")]
    [InlineData("DB_URL", "jdbc:sqlserver://sql1:1433;databaseName=x;password=s3cr3t", "database sql1:1433")]
    [InlineData("DB_URL", "jdbc:postgresql://h/db?user=u&password=s3cr3t", "database h/db")]
    [InlineData("DSN", "u:s3cr3t@tcp(a.c1.eu-west-1.rds.amazonaws.com:3306)/db", "rds a.c1.eu-west-1.rds.amazonaws.com:3306")]
    [InlineData("DSN", "u:s3cr3t.rds.amazonaws.com@tcp(a.rds.amazonaws.com:3306)/db", "rds a.rds.amazonaws.com:3306")]
    [InlineData("CONN", "Server=tcp:x.database.windows.net,1433;Password=s3cr3t.database.windows.net", "azure x.database.windows.net")]
    [InlineData("CACHE", "rediss://:s3cr3t@master.c1.euw1.cache.amazonaws.com:6379/0", "elasticache master.c1.euw1.cache.amazonaws.com:6379")]
    [InlineData("URL", "https://my-bucket.s3.eu-west-1.amazonaws.com/path/s3cr3t", "s3 my-bucket.s3.eu-west-1.amazonaws.com/path")]
    [InlineData("URL", "https://hooks.example.org/services/s3cr3t", "")]
    [InlineData("URL", "arn:aws:s3:::bucket/s3cr3t", "s3 arn:aws:s3:::bucket")]
    [InlineData("X", "arn:aws:secretsmanager:eu-west-1:1:secret:s3cr3t", "")]
    [InlineData("S3_BUCKET", "media-eu", "s3 media-eu")]
    [InlineData("MYSQL_HOST", "mysql-7.example.org:3306", "database mysql-7.example.org:3306")]
    [InlineData("MYSQL_HOST", "inside", "")]
    [InlineData("DB_PASSWORD", "s3cr3t.rds.amazonaws.com", "")]
    [InlineData("HOME", "/srv", "")]
    public void Setting_SaysWhereDataIs_AndNothingElse(string name, string value, string expected)
    {
        List<OutsideReference> found = OutsideReferences.Find(name, value, new HashSet<string> { "inside" }, out bool unreadable);

        Assert.Equal(expected, string.Join('|', found.Select(f => $"{f.Kind} {f.Place}")));
        Assert.False(unreadable);
        Assert.DoesNotContain("s3cr3t", string.Concat(found), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://u:s3cr3t/x@db.example.org/shop")]
    [InlineData("postgres://u:12/s3cr3t@db.example.org/shop")]
    [InlineData("postgres://u:12 s3cr3t@db.example.org/shop")]
    [InlineData("postgres://u:s3#cr3t@db.example.org/shop")]
    [InlineData("postgres://s3cr3t:x/shop")]
    public void Setting_WhoseAddressCannotBeTold_ShowsNothing(string value)
    {
        List<OutsideReference> found = OutsideReferences.Find("URL", value, new HashSet<string>(), out bool unreadable);

        Assert.Empty(found);
        Assert.True(unreadable);
    }
}
