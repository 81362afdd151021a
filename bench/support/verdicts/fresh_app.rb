# frozen_string_literal: true

require "fileutils"
require_relative "../generated_app"
require_relative "../../../test/support/new_app"

module Verdicts
  # What `rails new` makes, with well-known gems: some are used in pages and tasks that no test asks for, some not at all.
  module FreshApp
    NAME = "fresh"

    GEMS = <<~RUBY

      # Used
      gem "haml"
      gem "httparty"
      gem "kaminari"
      gem "kramdown"
      gem "prawn"
      gem "pundit"
      gem "ransack"
      gem "redcarpet"
      gem "rouge"

      # Left from features that are gone
      gem "aasm"
      gem "caxlsx"
      gem "friendly_id"
      gem "paper_trail"
      gem "simple_form"
      gem "slim"
      gem "stripe"
      gem "twilio-ruby"
    RUBY

    FILES = {
      "app/controllers/pages_controller.rb" => <<~RUBY,
        class PagesController < ApplicationController
          include Pundit::Authorization

          def about
          end

          def archive
            @posts = Post.order(:id).page(params[:page]).per(1)
          end

          def found
            render plain: Post.ransack(title_cont: params[:q]).result.pluck(:title).join(",")
          end

          def print
            document = Prawn::Document.new
            document.text "Posts"
            send_data document.render, type: :pdf
          end
        end
      RUBY
      "app/helpers/markdown_helper.rb" => "module MarkdownHelper\n  def markdown(text)\n    Redcarpet::Markdown.new(Redcarpet::Render::HTML).render(text).html_safe\n  end\nend\n",
      "app/models/feed.rb" => "class Feed\n  include HTTParty\n  base_uri \"http://feed.invalid\"\nend\n",
      "app/models/post.rb" => "class Post < ApplicationRecord\n  def self.ransackable_attributes(_user = nil)\n    %w[title]\n  end\nend\n",
      "app/views/pages/about.html.haml" => "%h1 About\n",
      "app/views/pages/archive.html.erb" => "<% @posts.each do |post| %>\n  <%= markdown(post.title) %>\n<% end %>\n<%= paginate @posts %>\n",
      "lib/tasks/docs.rake" => "task docs: :environment do\n  puts Kramdown::Document.new(\"~~~ ruby\\nputs 1\\n~~~\\n\", syntax_highlighter: :rouge).to_html\nend\n"
    }.freeze

    class << self
      # @return [String] its directory, bundled
      def prepare(rails: AppCopy.rails_versions.last)
        source = NewApp.prepare(rails: rails)
        directory = File.join(File.dirname(source), NAME)
        gemfile = File.read(File.join(source, "Gemfile")) + GEMS
        return directory if current?(directory, gemfile)
        FileUtils.rm_rf(directory)
        FileUtils.cp_r(source, directory)
        contents(source).each { |path, content| write(directory, path, content) }
        write(directory, "Gemfile", gemfile)
        FileUtils.rm_f(File.join(directory, "Gemfile.lock"))
        GeneratedApp.bundle(directory, rails: rails)
      end

      private

      def contents(source)
        routes = File.read(File.join(source, "config/routes.rb")).sub(/^end\n*\z/, %(  %w[about archive found print].each { |page| get page, to: "pages#\#{page}" }\nend\n))
        FILES.merge("config/routes.rb" => routes)
      end

      def current?(directory, gemfile)
        return false unless File.exist?(File.join(directory, "Gemfile.lock")) && File.read(File.join(directory, "Gemfile")) == gemfile
        FILES.all? { |path, content| File.exist?(File.join(directory, path)) && File.read(File.join(directory, path)) == content }
      end

      def write(directory, path, content)
        file = File.join(directory, path)
        FileUtils.mkdir_p(File.dirname(file))
        File.write(file, content)
      end
    end
  end
end
