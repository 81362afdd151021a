# frozen_string_literal: true

require "minitest/autorun"
require_relative "../support/deployed_app"

# What runs the app, read from files as people write them.
class DeploymentTest < Minitest::Test
  include DeployedApp

  WEB = "CMD [\"./bin/rails\", \"server\"]"

  def test_the_files_of_a_fresh_app
    %w[7.2 8.1].each do |version|
      deployment(fresh(version)) do |found|
        assert_equal %w[rails server], found.web.command, version
        assert_equal "production", found.environment.value("RAILS_ENV")
        assert_equal "bin/docker-entrypoint", found.web.place.first
        assert_match(/libjemalloc/, found.environment.value("LD_PRELOAD"))
        assert_predicate found.environment, :complete?
        assert found.installs?("libjemalloc2")
        refute found.installs?("git"), "another stage's"
      end
    end
    deployment(fresh("7.2")) { |found| assert_equal ["bin/docker-entrypoint", 5], found.environment.place("LD_PRELOAD") }
    deployment(fresh("8.1")) { |found| assert_equal "true", found.environment.value("SOLID_QUEUE_IN_PUMA") }
    without = fresh("7.2").merge("Dockerfile" => fresh("7.2")["Dockerfile"].sub("libjemalloc2 ", ""))
    deployment(without) { |found| refute found.environment.set?("LD_PRELOAD"), "the entrypoint looks for the file" }
  end

  def test_variables_of_an_image
    text = <<~'TEXT'
      # a comment
      ARG RUBY=3.3
      FROM ruby:${RUBY}-slim as first
      ENV A one two
      ENV B="a b" \
          # said here

          C='$B' D=$B-$E E=1 \
          F=${MISSING:-given} G=${B:+there}
      ARG H=arg
      ENV I=$H
      FROM first
      ENV D=last
      RUN export A=no
      CMD X=1 Y="$E 2" bundle exec puma -t 1:1
    TEXT
    deployment("Dockerfile" => text) do |found|
      values = %w[A B C D E F G I X Y].to_h { |name| [name, found.environment.value(name)] }
      assert_equal({"A" => "one two", "B" => "a b", "C" => "$B", "D" => "last", "E" => "1", "F" => "given", "G" => "", "I" => "arg", "X" => "1", "Y" => "1 2"}, values)
      assert_equal %w[puma -t 1:1], found.web.command
      assert_equal ["Dockerfile", 8], found.environment.place("C")
      assert_equal ["Dockerfile", 13], found.environment.place("D")
      assert_equal ["Dockerfile", 15], found.environment.place("X")
    end
  end

  def test_what_an_image_starts
    {
      "CMD [\"bundle\", \"exec\", \"puma\", \"-C\", \"config/puma.rb\"]" => %w[puma -C config/puma.rb],
      "CMD bundle exec rails s -b 0.0.0.0" => %w[rails s -b 0.0.0.0],
      "CMD [\"./bin/thrust\", \"bin/rails\", \"server\"]" => %w[rails server],
      "CMD bin/rails db:migrate && exec ./bin/rails server" => %w[rails server],
      "CMD [\"sh\", \"-c\", \"exec bundle exec puma -p ${PORT:-3000}\"]" => %w[puma -p 3000],
      "ENTRYPOINT [\"tini\", \"--\"]\nCMD [\"bin/puma\"]" => %w[puma],
      "CMD [\"rails\", \"server\"]\nCMD [\"rackup\", \"-p\", \"80\"]" => %w[rackup -p 80],
      "CMD [\"irb\"]" => nil
    }.each do |text, command|
      deployment("Dockerfile" => DOCKERFILE.sub(WEB, text)) { |found| command ? assert_equal(command, found.web.command, text) : assert_nil(found.web, text) }
    end
  end

  def test_scripts_between
    script = <<~'TEXT'
      #!/usr/bin/env bash
      set -euo pipefail
      : "${PORT:=3000}"
      read_config() { export NEVER=1; }
      if [ "$RAILS_ENV" = "production" ]; then export ONE=1; else export ONE=2; fi
      if [ -n "$UNSET" ]; then export TWO=2; fi
      [[ -z "$(pgrep redis)" && "$X" =~ ^(a|b)$ ]] && export MAYBE=1
      case "$1" in
        web) export CASE=1 ;;
        (*) echo "it's" ;;
      esac
      cat <<EOF > /tmp/x
      export HEREDOC=1
      EOF
      RAILS_MAX_THREADS=5
      export RAILS_MAX_THREADS
      exec bundle exec \
        puma -p "$PORT" # "quoted
    TEXT
    deployment("Dockerfile" => DOCKERFILE.sub(WEB, "COPY docker/start.sh /usr/local/bin/\nENTRYPOINT [\"start.sh\"]\nENTRYPOINT [\"/usr/local/bin/start.sh\"]"), "docker/start.sh" => script) do |found|
      assert_equal %w[puma -p 3000], found.web.command
      assert_equal ["docker/start.sh", 17], found.web.place
      assert_equal "1", found.environment.value("ONE")
      assert_equal "5", found.environment.value("RAILS_MAX_THREADS")
      assert_equal ["docker/start.sh", 15], found.environment.place("RAILS_MAX_THREADS")
      %w[NEVER TWO HEREDOC].each { |name| assert_nil found.environment.value(name), name }
      %w[MAYBE CASE].each { |name| assert_nil found.environment.value(name), name }
      assert found.environment.set?("MAYBE"), "perhaps"
    end
  end

  def test_ruby_programs_between
    program = <<~RUBY
      #!/usr/bin/env ruby
      require "json"
      ENV["RAILS_MAX_THREADS"] = "4"
      ENV["MAYBE"] = "1" if ARGV.any?
      ENV["GIVEN"] ||= "1"
      def unused = exec("sleep", "1")
      system("bin/rails", "db:prepare") || abort("no database")
      exec({"MALLOC_ARENA_MAX" => "2"}, "bundle", "exec", "puma", "-t", "4:4", *ARGV, close_others: true)
    RUBY
    deployment("Dockerfile" => DOCKERFILE.sub(WEB, "CMD [\"bin/start\"]"), "bin/start" => program) do |found|
      assert_equal %w[puma -t 4:4 *ARGV], found.web.command
      assert_equal ["bin/start", 8], found.web.place
      assert_equal %w[4 2], %w[RAILS_MAX_THREADS MALLOC_ARENA_MAX].map { |name| found.environment.value(name) }
      %w[MAYBE GIVEN].each { |name| assert_equal [true, nil], [found.environment.set?(name), found.environment.value(name)], name }
    end
    ["exec(command)", "exec \"", "exec", "exec(\"a '\")", ""].each do |text|
      deployment("Dockerfile" => DOCKERFILE.sub(WEB, "CMD [\"bin/start\"]"), "bin/start" => "#!/usr/bin/env ruby\n#{text}\n") { |found| assert_nil found.web, text }
    end
  end

  def test_several_files_disagree
    files = {
      "Dockerfile.dev" => "FROM ruby:3.3\nENV RAILS_ENV=development\nCMD [\"rails\", \"server\"]\n", "Procfile" => "web: RAILS_MAX_THREADS=9 bundle exec puma\n", "Procfile.dev" => "web: bin/rails server\n",
      "Dockerfile.worker" => "FROM ruby:3.3\nCMD [\"sidekiq\"]\n", "compose.yml" => "services:\n  web:\n    build: .\n    volumes: [\".:/rails\"]\n    environment: {RAILS_ENV: development}\n"
    }
    deployment(files) do |found|
      assert_equal ["Dockerfile", 20], [found.web.file, found.web.line]
      assert_nil found.environment.value("RAILS_MAX_THREADS"), "the image's own process counts"
      refute_includes found.files, "compose.yml"
      refute_includes found.files, "Dockerfile.dev"
    end
    deployment(files.merge("Dockerfile" => nil, "Dockerfile.worker" => nil)) do |found|
      assert_equal ["9", ["Procfile", 1]], [found.environment.value("RAILS_MAX_THREADS"), found.environment.place("RAILS_MAX_THREADS")]
      refute_predicate found.environment, :complete?, "a platform has variables of its own"
    end
    managed = DOCKERFILE.sub(WEB, "CMD [\"foreman\", \"start\", \"--procfile=Procfile.fly\"]")
    deployment("Dockerfile" => managed, "Procfile.fly" => "web: bundle exec puma\nworker: sidekiq\n") do |found|
      assert_equal %w[web worker], found.processes.map(&:name)
      assert_equal "production", found.environment.value("RAILS_ENV"), "the image's"
    end
  end

  def test_kamal
    text = <<~TEXT
      service: shop
      image: shop
      <% require "dotenv" %>
      servers:
        web: [192.0.2.1]
        job:
          hosts: [192.0.2.2]
          cmd: bin/jobs
          env:
            clear: {JOBS: "1"}
      env:
        clear:
          RAILS_MAX_THREADS: 7
          SECRETLY: <%= ENV["X"] %>
        secret: [RAILS_MASTER_KEY]
      accessories:
        redis:
          image: valkey/valkey:8
    TEXT
    deployment("config/deploy.yml" => text, "config/deploy.elsewhere.yml" => "env: {clear: {RAILS_MAX_THREADS: 9}}\n", "config/deploy.production.yml" => "env:\n  clear:\n    RAILS_MAX_THREADS: 2\n") do |found|
      assert_equal "2", found.environment.value("RAILS_MAX_THREADS")
      assert_equal ["config/deploy.production.yml", 3], found.environment.place("RAILS_MAX_THREADS")
      assert_nil found.environment.value("SECRETLY")
      assert found.environment.set?("RAILS_MASTER_KEY")
      assert_equal %w[rails server], found.web.command
      assert_equal ["bin/jobs"], found.processes.find { |process| process.name == "job" }.command
      assert_equal ["valkey-server"], found.processes.find { |process| process.name == "redis" }.command
    end
  end

  def test_fly_compose_and_systemd
    deployment("fly.toml" => "app = 'shop'\n[env]\n  RAILS_MAX_THREADS = \"4\" # few\n[processes]\nweb = 'bundle exec puma'\n[[services]]\n  internal_port = 80\n") do |found|
      assert_equal ["puma"], found.web.command
      assert_equal ["4", ["fly.toml", 3]], [found.environment.value("RAILS_MAX_THREADS"), found.environment.place("RAILS_MAX_THREADS")]
      assert_equal "production", found.environment.value("RAILS_ENV")
    end
    compose = "x-env: &env\n  MALLOC_ARENA_MAX: 2\nservices:\n  web:\n    build: {context: .}\n    command: bundle exec puma -t 2:2\n    env_file: web.env\n    environment:\n      <<: *env\n      FROM_HOST: ${HOST_VALUE}\n  redis: {image: \"redis:7\", command: [\"--save\", \"60\"]}\n"
    deployment("compose.yml" => compose, "web.env" => "WEB_CONCURRENCY=2\n") do |found|
      assert_equal %w[puma -t 2:2], found.web.command
      assert_equal ["compose.yml", 6], [found.web.file, found.web.line]
      assert_equal %w[2 2], found.environment.then { |env| [env.value("MALLOC_ARENA_MAX"), env.value("WEB_CONCURRENCY")] }
      assert_equal ["web.env", 1], found.environment.place("WEB_CONCURRENCY")
      assert_nil found.environment.value("FROM_HOST")
      assert_equal %w[redis-server --save 60], found.processes.find { |process| process.name == "redis" }.command
    end
    unit = "[Service]\n# Environment=NO=1\nEnvironment=RAILS_ENV=production \"SPACED=a b\"\nExecStart=/usr/local/bin/bundle exec \\\n  puma -C config/puma.rb\n"
    deployment("Dockerfile" => nil, "config/systemd/puma.service" => unit) do |found|
      assert_equal %w[puma -C config/puma.rb], found.web.command
      assert_equal ["a b", nil], [found.environment.value("SPACED"), found.environment.value("NO")]
      assert_equal ["config/systemd/puma.service", 3], found.environment.place("RAILS_ENV")
    end
  end

  def test_env_file
    text = "\xEF\xBB\xBF# all\r\nexport RAILS_MAX_THREADS=6 # six\r\nQUOTED=\"a # b\\\"c\"\r\nSINGLE='x y'\nTWO=\"first\nsecond\"\nEMPTY=\nFROM_HOST\n".b
    deployment({"production.env" => text}, "production.env") do |found|
      values = %w[RAILS_MAX_THREADS QUOTED SINGLE TWO EMPTY].map { |name| found.environment.value(name) }
      assert_equal ["6", "a # b\"c", "x y", "first\nsecond", ""], values
      assert_equal ["production.env", 2], found.environment.place("RAILS_MAX_THREADS")
      assert_equal "production", found.environment.value("RAILS_ENV"), "the image's is still there"
    end
    deployment({"Dockerfile" => nil, "x.env" => "A=1\n"}, "x.env") { |found| assert_equal [true, "1"], [found.seen?, found.environment.value("A")] }
    error = assert_raises(ShowcaseMemtrim::Error) { deployment({"bad.env" => "A=1\nsecret words\n"}, "bad.env") {} }
    assert_match(/bad\.env:2: no NAME=value\z/, error.message)
    error = assert_raises(ShowcaseMemtrim::Error) { deployment({"bad.env" => "A=1\nB=\"open\n"}, "bad.env") {} }
    assert_match(/bad\.env:2: a quote that is not closed\z/, error.message)
    error = assert_raises(ShowcaseMemtrim::Error) { deployment({}, "none.env") {} }
    assert_match(/none\.env: no such file\z/, error.message)
  end

  def test_nothing_there
    deployment("Dockerfile" => nil) do |found|
      refute_predicate found, :seen?
      assert_nil found.web
      assert_nil found.installs?("libjemalloc2")
      assert_empty found.processes
      refute_predicate found.environment, :complete?
    end
    deployment("Dockerfile" => "FROM registry.example.com/base:1\nCMD [\"puma\"]\n") do |found|
      refute_predicate found.environment, :complete?, "somebody else's image"
      assert_nil found.installs?("libjemalloc2")
    end
  end

  def test_nasty_files
    crlf = DOCKERFILE.gsub("\n", "\r\n")
    deployment("Dockerfile" => crlf) { |found| assert_equal ["production", %w[rails server]], [found.environment.value("RAILS_ENV"), found.web.command] }
    bytes = DOCKERFILE.b.sub("WORKDIR /rails", "LABEL name=\"caf\xE9\"\nWORKDIR /rails".b)
    deployment("Dockerfile" => bytes) { |found| assert_equal %w[rails server], found.web.command }
    heredoc = DOCKERFILE.sub("FROM base AS build", "RUN <<EOF\napt-get update\napt-get install -y git\nCMD [\"false\"]\nEOF\nCOPY <<-\"X\" <<Y /etc/\n\tENV NOT=1\n\tX\nFROM nowhere\nY\nFROM base AS build")
    deployment("Dockerfile" => heredoc) do |found|
      assert_equal %w[rails server], found.web.command
      assert found.installs?("git")
      refute found.environment.set?("NOT")
    end
    ["", "\n\n", "RUN nothing\n", "FROM", "FROM \"", "FROM a\nENV A=\"", "FROM ruby\nRUN if [ x", "FROM ruby\nCMD [\"a\",", "FROM ruby\nCMD \\", "\\\n\\\n", "FROM ruby\nRUN <<EOF\nnever ends", "\0\xFF\xFE".b].each do |text|
      deployment("Dockerfile" => text, "Procfile" => "web: puma\n", "bin/docker-entrypoint" => text) { |found| assert_equal [["puma"], false], [found.web.command, found.installs?("x") || false], text.inspect }
    end
    deployment("Procfile" => :directory, "fly.toml" => :directory, "bin/start" => :directory, "Dockerfile" => nil, "compose.yml" => "") { |found| refute_predicate found, :seen? }
    deployment("Dockerfile" => nil, "Procfile" => "web: 'unclosed puma\n\nno colon\n: x\nworker: \"$(\n") { |found| assert_nil found.web }
    deployment("Dockerfile" => DOCKERFILE.sub(WEB, "CMD [\"bin/a\"]"), "bin/a" => "#!/bin/sh\nexec bin/b \"$@\"\n", "bin/b" => "#!/bin/sh\nexec bin/a \"$@\"\n") { |found| assert_nil found.web, "they call each other" }
    deep = "(" * 20_000
    deployment("Dockerfile" => DOCKERFILE.sub(WEB, "CMD #{deep}puma")) { |found| assert_nil found.web }
  end

  def test_broken_yaml
    {"compose.yml" => "services:\n  web:\n   - x\n  command: [\n", "config/deploy.yml" => "servers: *nobody\n  x: [\n"}.each do |file, text|
      error = assert_raises(ShowcaseMemtrim::Error) { deployment(file => text, &:processes) }
      assert_match(/\A#{Regexp.escape(file)}:\d+: not YAML: /, error.message)
    end
    deployment("compose.yml" => "services: 1\n", "config/deploy.yml" => "- a\n") { |found| assert_equal %w[rails server], found.web.command }
    deployment("compose.yml" => "services:\n  web:\n  other: {build: , command: , environment: [], volumes: 3}\n  last: {image: 1, environment: {A: [1]}}\n", "config/deploy.yml" => "servers: {web: , job: {cmd: }}\nenv: 3\naccessories: {x: }\n") { |found| assert_equal %w[rails server], found.web.command }
  end
end
