# frozen_string_literal: true

require_relative "app_with_files"

# Everything besides constants that uses a gem.
class UsesByKindTest < Minitest::Test
  include AppWithFiles

  GEO = Uses::Offer.new(name: "geo-kit", kind: :gem, constants: ["Geo"], methods: %w[geocoded_by near], symbols: %w[xlsx geo_queue], executables: ["geod"])

  def hows(content, file: "app/models/a.rb", offers: [GEO], others: {})
    uses_in(content, *offers, file: file, others: others).map { |line, how, _, _| [line, how] }
  end

  def assert_uses(how, contents, **more)
    contents.each { |content| assert_equal [[1, how]], hows(content, **more).uniq, content }
  end

  def refute_uses(contents, **more)
    contents.each { |content| assert_equal [], hows(content, **more), content }
  end

  def test_methods
    assert_uses :method, [
      "geocoded_by :address", "class A; geocoded_by(:a); end", "A.near(1)", "a&.near 1", "a.map(&:near)", "send(:geocoded_by, 1)", "a.public_send('near')", "a.try(:near, 1)",
      "before_save :geocoded_by", "after_validation :near, if: :x", "delegate :near, to: :a", "alias_method :x, :near", "alias x near", "method(:near)", "respond_to?(:near)",
      "validate :near", "a.near = 1 if a.near", "skip_before_action(:near)", "before_action(only: :near)"
    ]
    refute_uses ["nearby", "a = {near: 1}", "params[:near]", "near = 1; near", "def near; end", "# near", "\"near\"", "def near; end; near", "def near; end\nself.near"]
    assert_uses :method, ["class A; def near; end; end; class B; near 1; end", "class A; near 1; def near; end; end", "class A; class << self; def near; end; end; def b = near; end", "%i[near].each { |name| send(name) }"]
    refute_uses ["class A; def self.near; end; near 1; end", "class A; def a = near; def near; end; end", "class A; class << self; def near; end; end; near 1; end"]
    assert_uses :method, ["def near(*) = super", "def near(a); super(a); end", "def near; end; a.near"]
    assert_equal [[1, :method]], hows("near", others: {"app/models/b.rb" => "def near; end"}), "another file's own method may be another one"
  end

  def test_requires
    with_files("lib/geo.rb" => "", "lib/geo/deep.rb" => "", "lib/geo_ext.so" => "", "lib/geo-kit.rb" => "", "lib/geo/parts/a_plugin.rb" => "") do |gem|
      offers = [offer("geo-kit", "Other", directories: ["#{gem}/lib"])]
      assert_uses :require, [
        "require 'geo'", "require \"geo/deep\"", "require('geo.rb')", "require 'geo_ext'", "Kernel.require 'geo'", "begin; require 'geo'; rescue LoadError; end", "load 'geo.rb'", "require_dependency 'geo'",
        "autoload :Geo, 'geo'", "%w[json geo].each { |name| require name }", "['geo'].each do |name|\n require(name)\nend", "gem 'geo-kit'", "require \"geo/\#{part}\"", "Gem.loaded_specs['geo-kit']",
        "Gem::Specification.find_by_name('geo-kit')", "require '#{gem}/lib/geo'", "require a ? 'geo' : 'json'", "X = -> { require 'geo' }"
      ].reject { |content| content.include?("\n") }, offers: offers
      assert_equal [[2, :require]], hows("['geo'].each do |name|\n require(name)\nend", offers: offers)
      refute_uses ["require 'geology'", "require 'geo/none'", "a.require('geo')", "# require 'geo'", "require_relative 'geo'", "require 'ge'", "'geo'"], offers: offers
      assert_uses :plugin, ["Gem.find_files('geo/parts/*_plugin.rb')", "Gem.find_latest_files(\"geo/\#{x}/*_plugin.rb\")"], offers: offers
    end
  end

  def test_railties_are_required_by_their_list
    with_files("lib/active_storage/engine.rb" => "", "lib/active_storage.rb" => "", "lib/rails/all.rb" => "") do |gem|
      railtie = Uses::Offer.new(name: "active_storage/engine", kind: :railtie, constants: ["ActiveStorage"], directories: ["#{gem}/lib"])
      refute_uses ["require 'active_storage/engine'", "require 'rails/all'"], offers: [railtie], file: "config/application.rb"
      assert_uses :require, ["require 'active_storage'"], offers: [railtie]
    end
  end

  def test_guards
    assert_uses :guard, [
      "a if defined?(Geo)", "defined?(Geo::A)", "defined? ::Geo", "Object.const_defined?('Geo')", "Object.const_defined?(:Geo)", "const_defined?('Geo::A')", "Geo.const_defined?(:A) if false"
    ].first(6)
    assert_equal [[1, :constant], [1, :guard]], hows("Geo.a if defined?(Geo)")
  end

  def test_strings
    assert_uses :string, [
      "'Geo'.constantize", "'::Geo'.safe_constantize", "Object.const_get('Geo')", "Object.const_get(:Geo)", "const_get(:Geo)", "has_many :a, class_name: 'Geo::A'", "X = ['Geo']", "\"Geo::\#{a}\".constantize",
      "a.const_get('Geo')", "Kernel.const_get(%q(Geo))", "Object.const_get(\"Geo::\#{a}\")", "autoload(:Geo, 'x')", "\"::Geo::\#{a}\"", "system('bin/rails runner Geo.sync')", "runner 'Geo::Sync.call'"
    ]
    assert_uses :constant, ["eval('Geo.a')", "A.class_eval(\"def a = Geo\")", "instance_eval 'Geo'", "A.module_eval(\"Geo.\#{x}\")"]
    assert_equal [[2, :constant]], hows("class_eval <<~RUBY, __FILE__, __LINE__\n  Geo.a\nRUBY")
    refute_uses ["'Geography'", "'Geo is'", "'Geo:'", "\"a \#{b} Geo c\"", "'geo'", "eval('# Geo')"]
  end

  def test_symbols
    assert_uses :symbol, [
      "config.active_job.queue_adapter = :geo_queue", "a('geo_queue')", "respond_to :xlsx", "respond_to { |format| format.xlsx }", "render xlsx: 'a'", "Mime[:xlsx]", "a.b(formats: [:xlsx])", "x = {adapter: 'xlsx'}",
      "%i[xlsx pdf]", "a :\"xlsx\"", "mail.xlsx if false || :xlsx"
    ]
    assert_uses :symbol, ["validates :a, geo: true", "validates! :b, \"geo\": {a: 1}"], offers: [offer("x", "GeoValidator")]
    assert_uses :symbol, ["validates :a, odd_geo: true"], offers: [offer("x", "ActiveModel::Validations::OddGeoValidator")]
    refute_uses ["validates :geo, presence: true"], offers: [offer("x", "GeoValidator")]
  end

  def test_what_settings_call_a_gem
    {
      "typhoeus" => ["f.adapter :typhoeus", "config.http_client = :typhoeus", "{adapter: :typhoeus}", "VCR.configure { |c| c.hook_into :typhoeus }"], "omniauth-github" => ["provider :github, 1", "devise :a, omniauth_providers: [:github]"],
      "faraday-net_http" => ["f.adapter :net_http"], "dalli" => ["config.cache_store = :dalli"]
    }.each { |name, contents| assert_uses :symbol, contents, offers: [offer(name, "Unseen")], file: "config/initializers/a.rb" }
    refute_uses ["config.log_level = :debug", "a[:debug]", "enum level: {debug: 1}", "logger.debug :debug"], offers: [offer("debug", "DEBUGGER__")]
  end

  def test_executables
    assert_uses :executable, ["system('geod -d')", "`geod`", "%x(bundle exec geod \#{a})", "exec \"bin/geod\", 'a'", "sh 'cd x && geod'", "load Gem.bin_path('geod', 'geod')"].first(5)
    assert_uses :executable, ["Gem.bin_path('geo-kit', 'geod')"]
    refute_uses ["system('geodesy')", "`cat geod.yml`", "'geod'"]
  end

  def test_executables_in_deployment
    {"Procfile" => "a: bundle exec geod -C x\n", "Dockerfile" => "CMD [\"geod\"]\n", "x/run.sh" => "exec geod\n", ".github/workflows/ci.yml" => "jobs:\n  a:\n    steps:\n      - run: |\n          geod\n", "config/deploy.yml" => "cmd: geod\n",
     "package.json" => "{\"scripts\": {\"a\": \"geod\"}}", "lib/x.service" => "ExecStart=/usr/bin/geod\n", "bin/start" => "#!/bin/sh\ngeod\n"}.each do |file, content|
      assert_equal [:executable], hows(content, file: file).map(&:last), file
    end
    assert_equal [[5, :executable]], hows("jobs:\n  a:\n    steps:\n      - run: |\n          geod\n", file: ".github/workflows/ci.yml")
    refute_uses ["# geod\n", "web: geodd\n"], file: "Procfile"
  end

  def test_mentions
    {"config/schedule.yml" => "sync:\n  class: Geo::Sync\n", "config/x.yml" => "geo_kit:\n  a: 1\n", "Dockerfile" => "RUN gem install geo-kit\n", "sig/a.rbs" => "class A < Geo::Base\nend\n", "Steepfile" => "library \"geo-kit\"\n",
     "app/javascript/a.js" => "import \"@scope/geo-kit\"\n", "lib/templates/a.tt" => "<%= Geo %>\n", "sorbet/config" => "--ignore=geo-kit\n", "config/x.toml" => "a = \"Geo\"\n"}.each do |file, content|
      assert_equal [:mention], hows(content, file: file).map(&:last), file
    end
    {"config/x.yml" => "# geo-kit\na: 1 # Geo\n", "README.md" => "geo-kit Geo\n", "docs/a.html" => "Geo", "CHANGELOG" => "Geo", "Gemfile" => "gem 'geo-kit'", "Gemfile.lock" => "geo-kit", "gemfiles/a.gemfile" => "gem 'geo-kit'", "config/locales/en.yml" => "en:\n  geo_kit: Geo\n",
     "app/javascript/a.js" => "// geo-kit\n/* Geo\n geo-kit */\nlet x = geo + 'geo-kit'\n", "app/a.css" => "/* geo-kit */", ".github/dependabot.yml" => "a: geo-kit\n", "config/memtrim.yml" => "ignore:\n  geo-kit: x\n", "sorbet/rbi/gems/geo-kit.rbi" => "module Geo\nend\n",
     "test/fixtures/a.yml" => "a:\n  name: geo-kit\n", "public/a.html" => "Geo", "tmp/a.rb" => "Geo", "log/a.rb" => "Geo", "node_modules/a.rb" => "Geo", "vendor/bundle/a.rb" => "Geo", "coverage/a.rb" => "Geo", "storage/a.rb" => "Geo"}.each do |file, content|
      assert_equal [], hows(content, file: file), file
    end
  end

  def test_yaml
    {"adapter: xlsx\n" => [[1, :symbol]], "a:\n  - :geo_queue\n" => [[2, :symbol]], "xlsx: 1\n" => [], "a: <%= Geo.a %>\n" => [[1, :constant]], "a: 1\n<% if true %>\nb: <%= 1 %>\n<% end %>\nc: geo_queue\n" => [[5, :symbol]],
     "a: |\n  x\n  geo-kit\n" => [[3, :mention]], "---\na: geo-kit\n---\nb: Geo\n" => [[2, :mention], [4, :mention]], "<%# Geo %>\na: 1\n" => [], "a: &x Geo\nb: *x\n" => [[1, :mention]], "a: !ruby/object:Geo {}\n" => [[1, :mention]]}
      .each { |content, expected| assert_equal expected, hows(content, file: "config/a.yml"), content }
    roles = read({"config/cable.yml" => "development:\n  adapter: xlsx\ntest:\n  adapter: xlsx\nproduction:\n  adapter: xlsx\nshared:\n  adapter: xlsx\n"}, GEO).uses.map { |use| [use.line, use.role] }
    assert_equal [[2, :development], [4, :test], [6, :boot], [8, :boot]], roles
  end

  def test_erb
    {
      "<%= Geo.a %>" => [[1, :constant]], "a\n<% Geo.a do |x| -%>\n<%= x -%>\n<%= Geo::B -%>\n<% end %>\n" => [[2, :constant], [4, :constant]], "<%= form_with(a: Geo) do |f| %>\n<%= Geo.b %>\n<% end %>" => [[1, :constant], [2, :constant]],
      "<%# Geo %>" => [], "<%% Geo %>" => [], "<!-- <%= Geo %> -->" => [[1, :constant]], "Geo" => [], "<%\n  # Geo\n  Geo.b\n%>" => [[3, :constant]], "<% return if Geo %>" => [[1, :constant]], "<% [1].each { |a| %>\n<%== Geo %><% } %>" => [[2, :constant]],
      "<% case a %>\n<% when Geo %>\n<% else %>\n<% end %>" => [[2, :constant]], "<%= yield :head %>\n<%= near %>" => [[2, :method]], "<%= [1].map do |x| %>\n  <%- Geo -%>\n<%- end -%>" => [[2, :constant]], "<%= -> { %>\n<%= Geo %>\n<% } %>" => [[2, :constant]],
      "\u{feff}<%= Geo %>" => [[1, :constant]], "é\r\n<%= a\r\n  Geo %>\r\n" => [[3, :constant]]
    }.each do |content, expected|
      assert_equal expected, hows(content, file: "app/views/a/index.html.erb"), content
    end
    %w[app/views/a/b.js.erb app/views/a/b.text.erb config/a.yml.erb app/assets/a.css.erb app/views/a.rhtml].each { |file| assert_equal [[1, :constant]], hows("<%= Geo %>", file: file), file }
    assert_equal [[1, :template, ".xlsx", :call], [2, :constant, "Geo", :call]], uses_in("a\n<%= Geo %>", GEO, file: "app/views/a/index.xlsx.erb")
  end

  def test_other_templates
    %w[app/views/a.json.jbuilder app/views/a.xml.builder app/views/a.pdf.prawn app/views/a.rabl app/views/a.html.arb app/views/a.html.ruby app/views/a.axlsx].each do |file|
      assert_equal [[1, :constant, "Geo", :call]], uses_in("json.a Geo.b\nyield\nreturn", GEO, file: file), file
    end
    %w[lib/tasks/a.rake config.ru Rakefile a.gemspec lib/a.thor Guardfile].each { |file| assert_equal [[1, :constant]], hows("Geo", file: file), file }
    %w[bin/a script/a exe/a].each { |file| assert_equal [[2, :constant]], hows("#!/usr/bin/env ruby\nGeo", file: file), file }
    assert_equal [[2, :constant]], hows("#!/usr/bin/env -S bin/rails runner\nGeo", file: "script/x")
  end

  def test_haml
    content = <<~'HAML'
      -# Geo
        Geo
      %h1= Geo.a
      - Geo.each do |x|
        = x.near
      %a{href: Geo.b, data: {a: 1}} text Geo
      text #{Geo.c}
      - if a
      - elsif Geo
      - else
      = link_to a,
        Geo.d
      :xlsx
        Geo words
      :ruby
        x = Geo
      / Geo
      .a#b= near
      %p Geo is a word
    HAML
    assert_equal [[3, :constant], [4, :constant], [5, :method], [6, :constant], [7, :constant], [9, :constant], [12, :constant], [13, :symbol], [14, :constant], [16, :constant], [18, :method]].reject { |line, how| line == 6 && how == :word },
      hows(content, file: "app/views/a.html.haml")
  end

  def test_slim
    content = <<~'SLIM'
      / Geo
        Geo
      h1 = Geo.a
      - Geo.each do |x|
        == x.near
      a href=Geo.b text
      p text #{Geo.c}
      ruby:
        x = Geo
      | Geo is a word
      = render "a", b: Geo
    SLIM
    assert_equal [[3, :constant], [4, :constant], [5, :method], [6, :constant], [7, :constant], [9, :constant], [11, :constant]], hows(content, file: "app/views/a.html.slim")
  end

  def test_views
    offers = [offer("pages", [], views: ["pages/_bar", "pages/show", "_badge"])]
    assert_uses :view, ["render 'pages/bar'", "render partial: 'pages/bar', locals: {}", "render template: 'pages/show'", "layout 'pages/show'", "render 'badge'", "a = 'pages/bar'"], offers: offers
    assert_uses :view, ["<%= render 'pages/bar' %>"], offers: offers, file: "app/views/a.html.erb"
    refute_uses ["render 'pages/none'", "'badge'"], offers: offers
    refute_uses ["render 'pages/bar'"], offers: offers, others: {"app/views/pages/_bar.html.erb" => ""}
    assert_equal [[1, :view, "pages/_bar", :call]], uses_in("", *offers, file: "app/views/pages/_bar.html.erb")
  end

  def test_assets
    offers = [offer("styles", [], assets: ["boots/alert.scss", "boots/_mixins.scss", "jq.js", "img/logo.png", "font/index.css"])]
    {
      "app/assets/a.css" => ["@import \"boots/alert\";", "@import url(boots/alert.css);", "a { background: url('img/logo.png?a#b') }", " *= require boots/alert", "@import 'font';", "@import 'boots/*';"],
      "app/assets/a.scss" => ["@use 'boots/mixins' as m;", "@forward \"boots/mixins\";", "a { b: image-url(\"img/logo.png\") }", "@import 'x', 'boots/alert';"],
      "app/assets/a.js" => ["//= require jq", "import \"jq\"", "import x from 'jq.js'", "//= require_tree boots", "load('img/logo.png')", "const a = require('jq')"],
      "config/importmap.rb" => ["pin 'jq'", "pin 'x', to: 'jq.js'"], "config/initializers/assets.rb" => ["Rails.application.config.assets.precompile += %w[jq.js]"],
      "app/views/a.html.erb" => ["<%= javascript_include_tag 'jq' %>", "<%= stylesheet_link_tag \"x\", 'boots/alert' %>", "<%= image_tag 'img/logo.png' %>", "<img src=\"/assets/img/logo.png\">"]
    }.each { |file, contents| assert_uses :asset, contents, offers: offers, file: file }
    refute_uses ["/* @import \"boots/alert\"; */", "@import './boots/alert';", "@import 'boot';", "@import 'jq';"], offers: offers, file: "app/assets/a.css"
    refute_uses ["// import 'jq'", "//= require ./jq", "let jq = 1"], offers: offers, file: "app/assets/a.js"
    refute_uses ["a('jq')"], offers: offers
    refute_uses ["//= require jq"], offers: offers, file: "app/assets/javascripts/a.js", others: {"app/assets/javascripts/jq.js" => ""}
    assert_uses :asset, ["//= require jq"], offers: offers, file: "app/assets/javascripts/a.js", others: {"app/assets/stylesheets/jq.css" => ""}
  end

  def test_engines_name_their_gems
    uses = read({"engines/a/a.gemspec" => "Gem::Specification.new do |s|\n  s.add_dependency 'geo-kit', '> 1'\n  s.add_development_dependency \"geo-kit\"\nend", "engines/a/lib/a.rb" => "", "engines/a/app/x.rb" => "Geo", "engines/a/spec/x.rb" => "Geo", "packs/b/package.yml" => "", "packs/b/spec/y.rb" => "Geo"}, GEO).uses
    assert_equal [["engines/a/a.gemspec", 2, :gemspec, :lib], ["engines/a/a.gemspec", 3, :gemspec, :development], ["engines/a/app/x.rb", 1, :constant, :app], ["engines/a/spec/x.rb", 1, :constant, :test], ["packs/b/spec/y.rb", 1, :constant, :test]],
      uses.map { |use| [use.file, use.line, use.how, use.role] }
  end

  def test_unknowns
    ["name.constantize", "params[:a].safe_constantize", "Object.const_get(name)", "require name", "require \"\#{a}\"", "eval(code)", "Gem.find_files(x)", "\"\#{a}Job\".constantize"].each do |content|
      assert_equal [["app/a.rb", 2, content]], read({"app/a.rb" => "\n#{content}"}).unknowns, content
    end
    ["'A'.constantize", "const_get(:A)", "require 'a'", "require File.expand_path('a', __dir__)", "require Rails.root.join('a')", "require \"\#{__dir__}/a\"", "%w[a b].each { |x| require x }", "eval('1')", "instance_eval { a }", "Object.const_get(\"A::\#{b}\")"].each do |content|
      assert_equal [], read({"app/a.rb" => content}).unknowns, content
    end
  end

  def test_roles
    {
      "app/models/a.rb" => :app, "lib/a.rb" => :lib, "lib/tasks/a.rake" => :task, "a.rake" => :task, "Rakefile" => :task, "db/seeds.rb" => :task, "db/migrate/1_a.rb" => :task, "script/a.rb" => :task, "config/application.rb" => :boot, "config.ru" => :boot, "config/puma.rb" => :boot,
      "config/initializers/a/b.rb" => :boot, "config/environments/production.rb" => :boot, "config/environments/test.rb" => :development, "config/environments/development.rb" => :development, "config/routes/a.rb" => :boot, "config/deploy.rb" => :deploy, "config/deploy/a.rb" => :deploy,
      "config/schedule.rb" => :deploy, "Capfile" => :deploy, "test/a.rb" => :test, "spec/a.rb" => :test, "features/a.rb" => :test, ".simplecov" => :test, "Guardfile" => :development, ".pryrc" => :development, "services/a.rb" => :lib, "app/models/test/a.rb" => :app, "app/spec/models/a.rb" => :app,
      "odd/test/a.rb" => :lib
    }.each { |file, role| assert_equal [role], read({file => "Geo"}, GEO).uses.map(&:role), file }
    assert_equal [:boot], read({"config/environments/staging.rb" => "Geo"}, GEO, env: "staging").uses.map(&:role)
  end
end
