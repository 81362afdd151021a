# frozen_string_literal: true

require "minitest/autorun"
require "tmpdir"
require "fileutils"

# The checkout's tools, where no bundle has them.
Gem.use_paths(Gem.dir, [*Gem.path, File.expand_path("../../vendor/tools/ruby/#{RbConfig::CONFIG["ruby_version"]}", __dir__)]) if Gem::Specification.find_all_by_name("prism", ">= 1").empty?
require "showcase_memtrim/uses"

# Reads apps that consist of some files.
module AppWithFiles
  Uses = ShowcaseMemtrim::Uses

  # @param files [Hash{String => String}] path → content
  # @yieldparam directory [String]
  def with_files(files)
    Dir.mktmpdir("uses") do |directory|
      files.each do |file, content|
        path = File.join(directory, file)
        FileUtils.mkdir_p(File.dirname(path))
        File.binwrite(path, content)
      end
      yield directory
    end
  end

  def offer(name, constants = [], **more)
    Uses::Offer.new(name: name, kind: :gem, constants: Array(constants), **more)
  end

  # @return [Uses::Reading]
  def read(files, *offers, env: "production")
    with_files(files) { |directory| Uses.read(directory, offers, env: env) }
  end

  # @return [Array<Array>] [line, how, what, at] of one file's
  def uses_in(content, *offers, file: "app/models/a.rb", others: {})
    read({file => content}.merge(others), *offers).uses.select { |use| use.file == file }.map { |use| [use.line, use.how, use.what, use.at] }
  end
end
