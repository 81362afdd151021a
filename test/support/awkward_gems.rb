# frozen_string_literal: true

# Gems that mislead whoever asks whether an app uses them, each with the lines of the app that use it, if any do, and
# with a question to the running app that has another answer once the gem is gone. AwkwardApp is made of them.
module AwkwardGems
  # name, constants (top-level ones of its own), line (the rest of its line in the Gemfile), spec (more of its gemspec),
  # inside (true: in a directory of the app's own), files of the gem and of the app by path, lines to add to the app's
  # files by path, page (the path of a page of its own), works (Ruby for AwkwardApp::Questions, true while all is well;
  # nil: nothing of the app uses the gem)
  Plant = Struct.new(:name, :constants, :line, :spec, :inside, :files, :app, :lines, :page, :works, keyword_init: true) do
    def used?
      !works.nil?
    end
  end

  class << self
    # @return [Array<Plant>] in the order of the Gemfile
    def all
      @all ||= []
    end

    # @return [Plant]
    # @raise [KeyError] there is none of that name
    def fetch(name)
      all.find { |plant| plant.name == name } || raise(KeyError, "no planted gem #{name}")
    end

    # @param code [String, Hash{String => String}] lib/NAME.rb, or files by path
    def plant(name, code, constants: [camelize(name)], line: "", spec: "", inside: false, app: {}, lines: {}, page: nil, works: nil)
      files = code.is_a?(Hash) ? code : {"lib/#{name}.rb" => code}
      all << Plant.new(name: name, constants: constants, line: line, spec: spec, inside: inside, files: files, app: app, lines: lines, page: page, works: works)
    end

    # A page that no test of the app asks for: a controller of one action, and perhaps its template.
    #
    # @param action [String] what the action does
    # @param template [Hash{String => String}] the template's extensions → its content
    # @return [Hash{String => String}] files of the app
    def page(name, action: "", template: {})
      {
        "app/controllers/#{name}_controller.rb" => "class #{camelize(name)}Controller < ApplicationController\n  def show\n    #{action}\n  end\nend\n".sub("    \n", ""),
        **template.to_h { |extensions, content| ["app/views/#{name}/show.#{extensions}", content] }
      }
    end

    def camelize(name)
      name.split(/[_-]/).map(&:capitalize).join
    end
  end
end

require_relative "awkward_gems/unasked"
require_relative "awkward_gems/by_constant"
require_relative "awkward_gems/by_name"
require_relative "awkward_gems/by_other_gems"
require_relative "awkward_gems/unused"
